//! A small IM server that answers sessions itself and debits each message.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use ch2spec::diameter::dictionary::{CCR, CREDIT_CONTROL_APPLICATION};
use ch2spec::diameter::peer::{Peer, PeerConfig, PeerEvent};
use ch2spec::diameter::{self, AvpOut, key};
use ch2spec::io::{ConnId, Input, Machine, Output, SocketId, Time};
use ch2spec::msrp::{self, FrameLimits, Framer, TransactionIds, Uri};
use ch2spec::sip::sdp::{self, Description, MessageMedia, Origin, Setup};
use ch2spec::sip::{self, MessageBuilder};

pub const SIP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 5060);
pub const ENABLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 3868);
const MSRP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 2855);

/// What the server does.
#[derive(Clone, Debug)]
pub struct Script {
    /// Connects for CH-2.
    pub connects: bool,
    /// Answers SIP.
    pub answers_sip: bool,
    /// Names this subscriber in place of the caller.
    pub subscription: Option<String>,
    /// Sends the ICID.
    pub icid: bool,
    /// Says nothing of who is charged for what: no Subscription-Id, and no ICID.
    pub nameless: bool,
    /// Answers the first SEND with what is not MSRP.
    pub msrp_garbage: bool,
    /// Sends a Diameter header with the greatest length after the capabilities exchange.
    pub diameter_garbage: bool,
    /// Sends so many OPTIONS to the client with its 200.
    pub flood: usize,
}

impl Default for Script {
    fn default() -> Script {
        Script {
            connects: true,
            answers_sip: true,
            subscription: None,
            icid: true,
            nameless: false,
            msrp_garbage: false,
            diameter_garbage: false,
            flood: 0,
        }
    }
}

pub struct ScriptedServer {
    script: Script,
    outputs: VecDeque<Output>,
    peer: Peer,
    calls: BTreeMap<String, Call>,
    conns: HashMap<ConnId, Framer>,
    ids: TransactionIds,
}

struct Call {
    invite: sip::Message,
    from: SocketAddr,
    number: u32,
    unreported: u64,
    msrp: Uri,
}

const UDP: SocketId = SocketId(1);
const LISTENER: SocketId = SocketId(2);
const CH2: ConnId = ConnId(3);

impl ScriptedServer {
    pub fn new(script: Script) -> ScriptedServer {
        let mut outputs = VecDeque::from([
            Output::BindUdp {
                socket: UDP,
                addr: SIP,
            },
            Output::ListenTcp {
                socket: LISTENER,
                addr: MSRP,
            },
        ]);
        if script.connects {
            outputs.push_back(Output::Connect {
                conn: CH2,
                to: ENABLER,
            });
        }
        ScriptedServer {
            script,
            outputs,
            peer: Peer::initiate(PeerConfig::new("im.test", "test")),
            calls: BTreeMap::new(),
            conns: HashMap::new(),
            ids: TransactionIds::new(5),
        }
    }

    fn on_sip(&mut self, now: Time, message: sip::Message, from: SocketAddr) {
        if !self.script.answers_sip {
            return;
        }
        let call_id = message.call_id().unwrap().to_owned();
        match message.method() {
            Some("INVITE") => {
                let msrp = Uri::session(MSRP, &format!("s{}", self.calls.len())).unwrap();
                let (number, unreported) = (0, 0);
                let call = Call {
                    invite: message,
                    from,
                    number,
                    unreported,
                    msrp,
                };
                self.calls.insert(call_id.clone(), call);
                self.charge(now, &call_id, 1);
            }
            Some("BYE") => {
                self.charge(now, &call_id, 3);
                self.answer(&message, 200, from, None);
            }
            _ => {}
        }
    }

    fn answer(&mut self, to: &sip::Message, status: u16, from: SocketAddr, sdp: Option<Bytes>) {
        let mut response = MessageBuilder::response_to(to, status, "Answer", "servertag")
            .received_from(from)
            .header("Contact", format!("<sip:im@{SIP}>"));
        if let Some(sdp) = sdp {
            response = response.body("application/sdp", sdp);
        }
        let bytes = response.build();
        self.outputs.push_back(Output::SendTo {
            socket: UDP,
            to: from,
            bytes,
        });
    }

    fn charge(&mut self, now: Time, call_id: &str, kind: u32) {
        let call = self.calls.get_mut(call_id).unwrap();
        let caller = call
            .invite
            .p_asserted_identity()
            .unwrap()
            .uri
            .as_str()
            .to_owned();
        let caller = self.script.subscription.clone().unwrap_or(caller);
        let vector = call.invite.p_charging_vector().unwrap();
        let mut request = diameter::MessageBuilder::request(CCR, CREDIT_CONTROL_APPLICATION)
            .with(key::SESSION_ID, format!("im.test;1;{call_id}"))
            .with(key::ORIGIN_HOST, "im.test")
            .with(key::ORIGIN_REALM, "test")
            .with(key::DESTINATION_REALM, "test")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::SERVICE_CONTEXT_ID, "im@openmobilealliance.org")
            .with(key::CC_REQUEST_TYPE, kind)
            .with(key::CC_REQUEST_NUMBER, call.number)
            .with(key::EVENT_TIMESTAMP, diameter::NtpTime(4_000_000_000))
            .avps((!self.script.nameless).then(|| {
                AvpOut::group(
                    key::SUBSCRIPTION_ID,
                    [
                        AvpOut::new(key::SUBSCRIPTION_ID_TYPE, 2_u32),
                        AvpOut::new(key::SUBSCRIPTION_ID_DATA, caller),
                    ],
                )
            }));
        if kind < 3 {
            request = request.avp(AvpOut::group(key::REQUESTED_SERVICE_UNIT, []));
        }
        if kind > 1 {
            let units = AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, call.unreported);
            request = request.avp(AvpOut::group(key::USED_SERVICE_UNIT, [units]));
        }
        if self.script.icid && !self.script.nameless {
            request = request.avp(AvpOut::group(
                key::SERVICE_INFORMATION,
                [AvpOut::group(
                    key::IMS_INFORMATION,
                    [
                        AvpOut::new(key::NODE_FUNCTIONALITY, 6_u32),
                        AvpOut::new(key::IMS_CHARGING_IDENTIFIER, vector.icid_value().as_ref()),
                    ],
                )],
            ));
        }
        call.number += 1;
        call.unreported = 0;
        // It fails where the script has broken the connection.
        let _ = self.peer.send_request(now, request);
    }

    /// An answer of the Charging Enabler: the start's lets the call stand.
    fn on_answer(&mut self, cca: &diameter::Message) {
        let kind = cca
            .find(key::CC_REQUEST_TYPE)
            .and_then(|avp| avp.u32().ok());
        let session = cca.session_id().unwrap().to_owned();
        let call_id = session.rsplit(';').next().unwrap().to_owned();
        if kind.is_none() && !self.calls.contains_key(&call_id) {
            return;
        }
        let Some(call) = self.calls.get(&call_id) else {
            return;
        };
        if call.number > 1 {
            return;
        }
        let (invite, from) = (call.invite.clone(), call.from);
        if cca.result_code() != Some(2001) {
            return self.answer(&invite, 403, from, None);
        }
        let mut media = MessageMedia::new(
            MSRP.ip().to_string(),
            MSRP.port(),
            call.msrp.as_str(),
            &["*"],
        );
        media.setup = Some(Setup::Passive);
        let origin = Origin {
            user: "-".to_owned(),
            session_id: 1,
            version: 1,
            address: MSRP.ip().to_string(),
        };
        let answer = sdp::answer(&Description::parse(invite.body()), &origin, &media).unwrap();
        self.answer(&invite, 200, from, Some(answer));
        for n in 0..self.script.flood {
            let options = MessageBuilder::request("OPTIONS", "sip:client")
                .via("UDP", &SIP.to_string(), &format!("z9hG4bKflood{n}"))
                .header("Max-Forwards", "70")
                .header("From", "<sip:im@test>;tag=f")
                .header("To", "<sip:client@test>")
                .header("Call-ID", format!("flood{n}"))
                .cseq(1, "OPTIONS");
            let bytes = options.build();
            self.outputs.push_back(Output::SendTo {
                socket: UDP,
                to: from,
                bytes,
            });
        }
    }

    fn on_msrp(&mut self, now: Time, conn: ConnId, send: &msrp::Message) {
        if !send.is_send() {
            return;
        }
        let to = send.to_path().remove(0);
        if self.script.msrp_garbage && send.body().is_some() {
            let bytes = Bytes::from_static(b"\x00\x01garbage");
            self.outputs.push_back(Output::Send { conn, bytes });
            return;
        }
        let response = msrp::respond(send, 200, &to).unwrap().emit(&mut self.ids);
        self.outputs.push_back(Output::Send {
            conn,
            bytes: response,
        });
        if send.body().is_some() {
            let found = self.calls.iter_mut().find(|(_, call)| call.msrp == to);
            let (call_id, call) = found.unwrap();
            call.unreported += 1;
            let call_id = call_id.clone();
            self.charge(now, &call_id, 2);
        }
    }

    fn serve_peer(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            match event {
                PeerEvent::Opened { .. } if self.script.diameter_garbage => {
                    let bytes = Bytes::from_static(b"\x01\xff\xff\xfc\x80\x00\x01\x10");
                    self.outputs.push_back(Output::Send { conn: CH2, bytes });
                }
                PeerEvent::Received {
                    message,
                    handled_by_peer: false,
                    ..
                } => {
                    self.on_answer(&message);
                }
                _ => {}
            }
        }
        while let Some(bytes) = self.peer.poll_transmit() {
            self.outputs.push_back(Output::Send { conn: CH2, bytes });
        }
    }
}

impl Machine for ScriptedServer {
    fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::Connected { conn: CH2, .. } => self.peer.handle_connected(now),
            Input::Received { conn: CH2, bytes } => self.peer.handle_bytes(now, &bytes),
            Input::Closed { conn: CH2, .. } => self.peer.handle_closed(now),
            Input::Datagram { from, bytes, .. } => {
                let message = sip::Message::decode(bytes);
                self.on_sip(now, message, from);
            }
            Input::Accepted { conn, .. } => {
                self.conns.insert(conn, Framer::new(FrameLimits::default()));
            }
            Input::Received { conn, bytes } => {
                self.conns.get_mut(&conn).unwrap().push(&bytes);
                while let Ok(Some(message)) = self.conns.get_mut(&conn).unwrap().poll() {
                    self.on_msrp(now, conn, &message);
                }
            }
            _ => {}
        }
        self.serve_peer();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _now: Time) {}

    fn is_finished(&self) -> bool {
        false
    }
}
