//! What stands around the server in these tests: client, far end and Charging Enabler, in one
//! machine that is written by hand and shares nothing with the harness's own roles.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use bytes::Bytes;
use ch2spec::diameter::peer::{Peer, PeerConfig, PeerEvent};
use ch2spec::diameter::{self, AvpOut, key};
use ch2spec::io::{ConnId, Input, Machine, Output, SocketId, Time};
use ch2spec::msrp;
use ch2spec::reference::Addresses;
use ch2spec::sip;

pub const CLIENT_SIP: SocketId = SocketId(1);
pub const FAR_SIP: SocketId = SocketId(2);
pub const ENABLER: SocketId = SocketId(3);
pub const FAR_MSRP: SocketId = SocketId(4);
pub const SECOND_ENABLER: SocketId = SocketId(5);
pub const SIP_PORTS: (u16, u16) = (5062, 5063);
pub const ENABLER_PORT: u16 = 3868;
pub const SECOND_PORT: u16 = 3869;
pub const FAR_MSRP_PORT: u16 = 2855;
pub const CLIENT: &str = "sip:alice@home.example";
pub const ICID: &str = "icid-1234";

/// A connection of one of the two Charging Enablers.
struct EnablerPeer {
    /// `enabler` or `second`.
    name: &'static str,
    conn: ConnId,
    peer: Peer,
}

/// Everything but the server.
pub struct Puppet {
    out: VecDeque<Output>,
    msrp_ids: msrp::TransactionIds,
    framers: HashMap<ConnId, msrp::Framer>,
    peers: Vec<EnablerPeer>,
    far_invite: Option<sip::Message>,
    client_dialog: Option<sip::Dialog>,
    far_dialog: Option<sip::Dialog>,
    server_path: Option<msrp::Uri>,
    far_conn: Option<ConnId>,
    branch: u32,
    last: Bytes,
    /// What came, in the order in which it came.
    pub log: Vec<String>,
    pub ccrs: Vec<diameter::Message>,
    pub sip: Vec<sip::Message>,
    pub control: Vec<u8>,
    /// Result-Codes of the CCAs to come, before `result`; 0 leaves a CCR unanswered.
    pub results: VecDeque<u32>,
    pub result: u32,
    /// What a CCA grants besides, such as a Final-Unit-Indication.
    pub extra: Vec<AvpOut>,
    pub grant: Option<u64>,
    /// Whether CCRs wait for [`Puppet::release`].
    pub holds: bool,
    held: Vec<(ConnId, diameter::Message)>,
    /// Whether the first enabler takes no connections.
    pub refuses: bool,
    /// Whether the enablers take no notice of anything any more.
    pub silent: bool,
    /// CER, DWR and DPR, and answers to them.
    pub base: Vec<String>,
    pub answers_bye: bool,
    /// Whether the server may send wrong SIP, such as when it answers wrong SIP.
    pub lenient: bool,
    pub far_answers: u16,
    /// How the far end answers a SEND.
    pub far_msrp_status: u16,
    /// What came over MSRP.
    pub msrp: Vec<msrp::Message>,
    /// Transaction identifiers of the client's SENDs.
    sent: Vec<String>,
    /// The client's MSRP connection, and the last part of its path.
    client_msrp: ConnId,
    client_path: String,
    /// How the client answers an UPDATE.
    pub update_status: u16,
    server: Option<Addresses>,
}

impl Puppet {
    pub fn new() -> Puppet {
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let out = [
            Output::BindUdp {
                socket: CLIENT_SIP,
                addr: addr(SIP_PORTS.0),
            },
            Output::BindUdp {
                socket: FAR_SIP,
                addr: addr(SIP_PORTS.1),
            },
            Output::ListenTcp {
                socket: ENABLER,
                addr: addr(ENABLER_PORT),
            },
            Output::ListenTcp {
                socket: SECOND_ENABLER,
                addr: addr(SECOND_PORT),
            },
            Output::ListenTcp {
                socket: FAR_MSRP,
                addr: addr(FAR_MSRP_PORT),
            },
        ];
        Puppet {
            out: out.into(),
            msrp_ids: msrp::TransactionIds::new(7),
            framers: HashMap::new(),
            peers: Vec::new(),
            refuses: false,
            silent: false,
            base: Vec::new(),
            far_invite: None,
            client_dialog: None,
            far_dialog: None,
            server_path: None,
            far_conn: None,
            branch: 0,
            last: Bytes::new(),
            log: Vec::new(),
            ccrs: Vec::new(),
            sip: Vec::new(),
            control: Vec::new(),
            results: VecDeque::new(),
            result: 2001,
            extra: Vec::new(),
            grant: Some(10),
            holds: false,
            held: Vec::new(),
            answers_bye: true,
            lenient: false,
            far_answers: 200,
            far_msrp_status: 200,
            msrp: Vec::new(),
            sent: Vec::new(),
            client_msrp: ConnId(1),
            client_path: "alice".to_owned(),
            update_status: 200,
            server: None,
        }
    }

    pub fn meet(&mut self, server: Addresses) {
        self.server = Some(server);
    }

    fn server(&self) -> Addresses {
        self.server.expect("the server's addresses are known")
    }

    // The client.

    pub fn invite(&mut self, call_id: &str) {
        self.invite_with(call_id, |invite| invite);
    }

    pub fn invite_with(
        &mut self,
        call_id: &str,
        change: impl FnOnce(sip::MessageBuilder) -> sip::MessageBuilder,
    ) {
        let sdp = self.sdp();
        let invite = self
            .request("INVITE", call_id, 1)
            .header("P-Asserted-Identity", format!("<{CLIENT}>"))
            .header(
                "P-Charging-Vector",
                format!("icid-value={ICID};orig-ioi=home.example"),
            )
            .body("application/sdp", sdp);
        self.sip(CLIENT_SIP, change(invite).build());
    }

    fn sdp(&self) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=message 9 TCP/MSRP *\r\na=accept-types:text/plain\r\n\
             a=path:msrp://127.0.0.1:9/{};tcp\r\na=setup:active\r\n",
            self.client_path
        )
    }

    /// Moves the session to another MSRP connection with a re-INVITE.
    pub fn move_msrp(&mut self, path: &str) {
        self.client_path = path.to_owned();
        self.client_msrp.0 += 1;
        self.branch += 1;
        let branch = format!("z9hG4bKre{}", self.branch);
        let via = format!("127.0.0.1:{}", SIP_PORTS.0);
        let sdp = self.sdp();
        let dialog = self.client_dialog.as_mut().expect("a dialog");
        let invite = dialog
            .request("INVITE")
            .header("Contact", format!("<sip:alice@{via}>"))
            .via("UDP", &via, &branch)
            .body("application/sdp", sdp);
        self.sip(CLIENT_SIP, invite.build());
    }

    /// Drops the client's MSRP connection; the next message opens another one.
    pub fn drop_msrp(&mut self) {
        let conn = self.client_msrp;
        self.framers.remove(&conn);
        self.client_msrp.0 += 1;
        self.out.push_back(Output::Close { conn, abort: true });
    }

    /// A page-mode message.
    pub fn page(&mut self, call_id: &str, text: &str) {
        let text = text.to_owned();
        let message = self
            .request("MESSAGE", call_id, 1)
            .header("P-Asserted-Identity", format!("<{CLIENT}>"))
            .header("P-Charging-Vector", format!("icid-value={ICID}"))
            .body("text/plain", text);
        self.sip(CLIENT_SIP, message.build());
    }

    /// True where a response answers a SEND of the client's.
    pub fn has_sent(&self, response: &msrp::Message) -> bool {
        let id = response.transaction_id();
        self.sent.iter().any(|sent| *sent == id)
    }

    pub fn cancel(&mut self, call_id: &str) {
        // The branch of the INVITE, which is the last one that was made.
        self.branch -= 1;
        let cancel = self.request("CANCEL", call_id, 1);
        self.sip(CLIENT_SIP, cancel.build());
    }

    fn request(&mut self, method: &str, call_id: &str, cseq: u32) -> sip::MessageBuilder {
        self.branch += 1;
        let port = SIP_PORTS.0;
        sip::MessageBuilder::request(method, "sip:bob@home.example")
            .header("Max-Forwards", "70")
            .header("From", format!("<{CLIENT}>;tag=alice"))
            .header("To", "<sip:bob@home.example>")
            .header("Call-ID", call_id)
            .cseq(cseq, method)
            .header("Contact", format!("<sip:alice@127.0.0.1:{port}>"))
            .via(
                "UDP",
                &format!("127.0.0.1:{port}"),
                &format!("z9hG4bKp{}", self.branch),
            )
    }

    pub fn in_dialog(&mut self, method: &str) {
        self.branch += 1;
        let branch = format!("z9hG4bKd{}", self.branch);
        let dialog = self.client_dialog.as_mut().expect("a dialog");
        let via = format!("127.0.0.1:{}", SIP_PORTS.0);
        let request = dialog.request(method).via("UDP", &via, &branch);
        self.sip(CLIENT_SIP, request.build());
    }

    /// Sends the client's last SIP message once more.
    pub fn repeat(&mut self) {
        let again = self.last.clone();
        self.sip(CLIENT_SIP, again);
    }

    /// A BYE from a client that has not had an answer yet.
    pub fn early_bye(&mut self, call_id: &str) {
        let bye = self.request("BYE", call_id, 2);
        self.sip(CLIENT_SIP, bye.build());
    }

    pub fn far_bye(&mut self) {
        let dialog = self.far_dialog.as_mut().expect("a dialog");
        let via = format!("127.0.0.1:{}", SIP_PORTS.1);
        let bye = dialog.request("BYE").via("UDP", &via, "z9hG4bKfarbye");
        self.sip(FAR_SIP, bye.build());
    }

    pub fn say(&mut self, text: &str) {
        self.send(|send| send, text, "text/plain");
    }

    pub fn send(
        &mut self,
        change: impl FnOnce(msrp::MessageBuilder) -> msrp::MessageBuilder,
        body: &str,
        content_type: &str,
    ) {
        let to = self.server_path.clone().expect("the server's path");
        let from = format!("msrp://127.0.0.1:9/{};tcp", self.client_path);
        let from = msrp::Uri::parse(from).expect("a URI");
        let id = self.msrp_ids.next_id();
        let (to, from) = ([to], [from]);
        let send = match body {
            "" => msrp::MessageBuilder::empty_send(&to, &from, &id),
            body => {
                let body = body.to_owned();
                msrp::MessageBuilder::send_whole(&to, &from, &id, content_type, body)
            }
        };
        let send = change(send).build(&mut self.msrp_ids);
        self.sent.push(send.transaction_id().into_owned());
        let bytes = send.raw().clone();
        let (conn, to) = (self.client_msrp, self.server().msrp);
        self.framers.entry(conn).or_insert_with(|| {
            self.out.push_back(Output::Connect { conn, to });
            msrp::Framer::default()
        });
        self.out.push_back(Output::Send { conn, bytes });
    }

    pub fn http(&mut self, request: &str) {
        let conn = ConnId(1000 + u64::try_from(self.log.len()).unwrap_or(0));
        let to = self.server().control_http;
        self.out.push_back(Output::Connect { conn, to });
        self.out.push_back(Output::Send {
            conn,
            bytes: Bytes::from(request.to_owned()),
        });
    }

    pub fn raw_tcp(&mut self, conn: u64, to: SocketAddr, bytes: Bytes) {
        self.out.push_back(Output::Connect {
            conn: ConnId(conn),
            to,
        });
        self.out.push_back(Output::Send {
            conn: ConnId(conn),
            bytes,
        });
    }

    pub fn sip(&mut self, socket: SocketId, bytes: Bytes) {
        let to = self.server().sip_udp;
        if socket == CLIENT_SIP {
            self.last = bytes.clone();
        }
        self.out.push_back(Output::SendTo { socket, to, bytes });
    }

    // The Charging Enabler.

    /// Answers what was held.
    pub fn release(&mut self, now: Time) {
        self.holds = false;
        for (conn, ccr) in std::mem::take(&mut self.held) {
            self.cca(now, conn, &ccr, |cca| cca);
        }
    }

    /// Answers the oldest CCR that is held, in some way of its own.
    pub fn release_as(
        &mut self,
        now: Time,
        change: impl Fn(diameter::MessageBuilder) -> diameter::MessageBuilder,
    ) {
        let (conn, ccr) = self.held[0].clone();
        self.cca(now, conn, &ccr, change);
    }

    /// Sends a request of the enabler's, such as RAR, for the session of the first CCR.
    pub fn enabler_request(&mut self, now: Time, command: u32, session_id: Option<&str>) {
        let first = self.ccrs[0].session_id().expect("a session").to_owned();
        let request = diameter::MessageBuilder::request(command, 4)
            .with(key::SESSION_ID, session_id.unwrap_or(&first))
            .with(key::ORIGIN_HOST, "ocs.example")
            .with(key::ORIGIN_REALM, "example")
            .with(key::DESTINATION_REALM, "reference.example")
            .with(key::DESTINATION_HOST, "im.reference.example")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .with(key::RE_AUTH_REQUEST_TYPE, 0);
        let first = self.peers.first_mut().expect("a peer");
        first.peer.send_request(now, request).expect("an open peer");
        self.flush();
    }

    /// Drops the first CH-2 connection without a word.
    pub fn drop_peer(&mut self) {
        if !self.peers.is_empty() {
            let conn = self.peers.remove(0).conn;
            self.out.push_back(Output::Close { conn, abort: true });
        }
    }

    /// Ends the first CH-2 connection with a DPR.
    pub fn disconnect(&mut self, now: Time, cause: i32) {
        self.peers[0].peer.disconnect(now, cause);
        self.flush();
    }

    /// Sends a DWR.
    pub fn probe(&mut self, now: Time) {
        self.peers[0].peer.probe(now);
        self.flush();
    }

    pub fn raw_ch2(&mut self, bytes: Bytes) {
        let conn = self.peers.first().expect("a peer").conn;
        self.out.push_back(Output::Send { conn, bytes });
    }

    /// How many connections the enablers have.
    pub fn connections(&self) -> usize {
        self.peers.len()
    }

    fn cca(
        &mut self,
        now: Time,
        conn: ConnId,
        ccr: &diameter::Message,
        change: impl Fn(diameter::MessageBuilder) -> diameter::MessageBuilder,
    ) {
        let result = self.results.pop_front().unwrap_or(self.result);
        if result == 0 {
            return;
        }
        let copied = |key| ccr.find(key).map(AvpOut::copy_of);
        let granted = self.grant.filter(|_| result == 2001).map(|units| {
            let units = AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, units);
            AvpOut::group(key::GRANTED_SERVICE_UNIT, [units])
        });
        let cca = diameter::MessageBuilder::answer_to(ccr)
            .error(result / 1000 == 3)
            .avps(copied(key::SESSION_ID))
            .with(key::RESULT_CODE, result)
            .with(key::ORIGIN_HOST, "ocs.example")
            .with(key::ORIGIN_REALM, "example")
            .with(key::AUTH_APPLICATION_ID, 4_u32)
            .avps(copied(key::CC_REQUEST_TYPE))
            .avps(copied(key::CC_REQUEST_NUMBER))
            .avps(granted)
            .avps(self.extra.clone());
        if let Some(at) = self.peers.iter_mut().find(|at| at.conn == conn) {
            let cca = change(cca).build();
            at.peer.send(now, cca).expect("an open peer");
        }
        self.flush();
    }

    fn ch2(&mut self, now: Time, conn: ConnId, bytes: &[u8]) {
        let at = self.peers.iter().position(|at| at.conn == conn);
        let Some(at) = at.filter(|_| !self.silent) else {
            return;
        };
        let name = self.peers[at].name;
        self.peers[at].peer.handle_bytes(now, bytes);
        let events = std::iter::from_fn(|| self.peers[at].peer.poll_event());
        let events: Vec<PeerEvent> = events.collect();
        for event in events {
            let PeerEvent::Received {
                message,
                handled_by_peer,
                ..
            } = event
            else {
                continue;
            };
            if handled_by_peer {
                let t_bit = if message.flags().retransmitted() {
                    " T"
                } else {
                    ""
                };
                let what = message.abbreviation();
                self.base.push(format!("{name}: {what}{t_bit}"));
                continue;
            }
            if !message.is_request() {
                let result = message.result_code().unwrap_or(0);
                self.log
                    .push(format!("{name}: {} {result}", message.abbreviation()));
                continue;
            }
            self.log.push(format!("{name}: {}", describe(&message)));
            self.ccrs.push(message.clone());
            if self.holds {
                self.held.push((conn, message));
            } else {
                self.cca(now, conn, &message, |cca| cca);
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        for at in &mut self.peers {
            while let Some(bytes) = at.peer.poll_transmit() {
                self.out.push_back(Output::Send {
                    conn: at.conn,
                    bytes,
                });
            }
        }
    }

    // SIP of both sides.

    fn datagram(&mut self, socket: SocketId, bytes: Bytes) {
        let message = sip::Message::decode(bytes);
        if !self.lenient {
            assert_eq!(message.faults(), [], "{}", message.start_line());
        }
        let who = if socket == CLIENT_SIP {
            "client"
        } else {
            "far"
        };
        self.sip.push(message.clone());
        match message.status() {
            Some(status) => {
                let cseq = message.cseq().expect("a CSeq").method.to_owned();
                self.log.push(format!("{who}: SIP {status} {cseq}"));
                match (cseq.as_str(), status) {
                    ("INVITE", 200) => self.acknowledge(&message),
                    ("INVITE", 300..) => self.acknowledge_refusal(&message),
                    _ => {}
                }
            }
            None => self.sip_request(socket, who, &message),
        }
    }

    /// The ACK of a refusal has the branch of the INVITE (RFC 3261 17.1.1.3).
    fn acknowledge_refusal(&mut self, refusal: &sip::Message) {
        let mut ack = sip::MessageBuilder::request("ACK", "sip:bob@home.example").cseq(1, "ACK");
        for name in ["Via", "From", "To", "Call-ID"] {
            ack = ack.header(name, refusal.header(name).expect("a header"));
        }
        self.sip(CLIENT_SIP, ack.header("Max-Forwards", "70").build());
    }

    fn acknowledge(&mut self, ok: &sip::Message) {
        let call_id = ok.call_id().expect("a Call-ID").to_owned();
        let invite = self.request("INVITE", &call_id, 1).message();
        let dialog = sip::Dialog::uac(&invite, ok).expect("a dialog");
        let cseq = ok.cseq().expect("a CSeq").number;
        let via = format!("127.0.0.1:{}", SIP_PORTS.0);
        let branch = format!("z9hG4bKack{}", self.branch);
        let ack = dialog.ack(cseq).via("UDP", &via, &branch);
        self.sip(CLIENT_SIP, ack.build());
        // The first session is the one that the client speaks in.
        if self.client_dialog.is_some() {
            return;
        }
        self.client_dialog = Some(dialog);
        let media = sip::sdp::Description::parse(ok.body())
            .message_media()
            .expect("a session");
        self.server_path = msrp::Uri::parse(media.path[0].clone()).ok();
    }

    fn sip_request(&mut self, socket: SocketId, who: &str, request: &sip::Message) {
        let method = request.method().expect("a method").to_owned();
        self.log.push(format!("{who}: SIP {method}"));
        let status = match method.as_str() {
            "ACK" => return,
            "BYE" if !self.answers_bye => return,
            "INVITE" => {
                self.far_invite = Some(request.clone());
                self.far_answers
            }
            "UPDATE" => self.update_status,
            "MESSAGE" => {
                let body = String::from_utf8_lossy(&request.body()).into_owned();
                self.log.push(format!("{who}: said {body}"));
                self.far_invite = Some(request.clone());
                self.far_answers
            }
            _ => 200,
        };
        if status == 0 {
            return;
        }
        self.answer(socket, request, status);
    }

    /// Answers the INVITE that the far end has left waiting.
    pub fn far_answer(&mut self, status: u16) {
        let invite = self.far_invite.clone().expect("an INVITE");
        self.answer(FAR_SIP, &invite, status);
    }

    fn answer(&mut self, socket: SocketId, request: &sip::Message, status: u16) {
        let mut response = sip::MessageBuilder::response_to(request, status, "x", "far")
            .header("Contact", format!("<sip:bob@127.0.0.1:{}>", SIP_PORTS.1));
        if status == 200 && request.is_method("INVITE") {
            response = response.body(
                "application/sdp",
                format!(
                    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                     m=message {FAR_MSRP_PORT} TCP/MSRP *\r\na=accept-types:text/plain\r\n\
                     a=path:msrp://127.0.0.1:{FAR_MSRP_PORT}/bob;tcp\r\na=setup:passive\r\n"
                ),
            );
            self.far_dialog = sip::Dialog::uas(request, &response.message()).ok();
        }
        self.sip(socket, response.build());
    }

    // MSRP of both sides.

    fn msrp(&mut self, conn: ConnId, bytes: &[u8]) {
        let who = if conn.0 < 1000 { "client" } else { "far" };
        let Some(framer) = self.framers.get_mut(&conn) else {
            return;
        };
        framer.push(bytes);
        let mut messages = Vec::new();
        while let Some(message) = framer.poll().expect("MSRP") {
            messages.push(message);
        }
        for message in messages {
            assert_eq!(message.faults(), [], "{:?}", message.raw());
            let body = message.body().unwrap_or_default();
            let body = String::from_utf8_lossy(&body).into_owned();
            match message.status() {
                Some(status) => self.log.push(format!("{who}: MSRP {status}")),
                None if message.is_report() => {
                    let status = message.report_status().expect("a status");
                    self.log.push(format!("{who}: MSRP REPORT {}", status.code));
                }
                None => self.log.push(format!("{who}: MSRP SEND {body}")),
            }
            if message.is_send() {
                self.answer_send(conn, &message);
            }
            if who == "client" {
                self.msrp.push(message);
            }
        }
    }

    fn answer_send(&mut self, conn: ConnId, send: &msrp::Message) {
        let own = send.to_path()[0].clone();
        let whole = msrp::ByteRange::whole(send.body_len() as u64);
        let status = if conn.0 < 1000 {
            200
        } else {
            self.far_msrp_status
        };
        let status = if send.body().is_none() { 200 } else { status };
        let ok = msrp::respond(send, status, &own);
        if status != 200 {
            let bytes = ok.expect("a response").emit(&mut self.msrp_ids);
            return self.out.push_back(Output::Send { conn, bytes });
        }
        for answer in ok
            .into_iter()
            .chain(msrp::success_report(send, whole, &own))
        {
            let bytes = answer.emit(&mut self.msrp_ids);
            self.out.push_back(Output::Send { conn, bytes });
        }
    }

    /// The far end says something to the client.
    pub fn far_say(&mut self, text: &str) {
        let media = sip::sdp::Description::parse(self.far_invite.as_ref().expect("one").body());
        let to =
            [msrp::Uri::parse(media.message_media().expect("one").path[0].clone()).expect("one")];
        let from = format!("msrp://127.0.0.1:{FAR_MSRP_PORT}/bob;tcp");
        let from = [msrp::Uri::parse(from).expect("a URI")];
        let id = self.msrp_ids.next_id();
        let text = text.to_owned();
        let send = msrp::MessageBuilder::send_whole(&to, &from, &id, "text/plain", text);
        let bytes = send.emit(&mut self.msrp_ids);
        let conn = self.far_conn.expect("a connection");
        self.out.push_back(Output::Send { conn, bytes });
    }
}

/// `I#0`, `U#1 used=1`, `T#2 used=0`, with what is remarkable besides.
fn describe(ccr: &diameter::Message) -> String {
    let number = |key| {
        ccr.find(key)
            .and_then(|avp| avp.u32().ok())
            .unwrap_or(u32::MAX)
    };
    let mscc = ccr.find(key::MULTIPLE_SERVICES_CREDIT_CONTROL);
    let find = |key| ccr.find(key).or_else(|| mscc?.find(key));
    let used = find(key::USED_SERVICE_UNIT).and_then(|used| {
        let messages = used.find(key::CC_SERVICE_SPECIFIC_UNITS);
        messages
            .or_else(|| used.find(key::CC_TOTAL_OCTETS))?
            .u64()
            .ok()
    });
    let kind = ["?", "I", "U", "T", "E"][number(key::CC_REQUEST_TYPE).min(4) as usize];
    let mut text = format!("{kind}#{}", number(key::CC_REQUEST_NUMBER));
    if let Some(action) = ccr.find(key::REQUESTED_ACTION) {
        text.push_str(&format!(" action={}", action.u32().expect("a number")));
    }
    if let Some(used) = used {
        text.push_str(&format!(" used={used}"));
    }
    if ccr.flags().retransmitted() {
        text.push_str(" T");
    }
    text
}

impl Machine for Puppet {
    fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::Accepted {
                socket: ENABLER,
                conn,
                ..
            } if self.refuses => self.out.push_back(Output::Close { conn, abort: true }),
            Input::Accepted {
                socket: socket @ (ENABLER | SECOND_ENABLER),
                conn,
                ..
            } => {
                let (name, at) = match socket {
                    ENABLER => ("enabler", 0),
                    _ => ("second", self.peers.len()),
                };
                let mut config = PeerConfig::new("ocs.example", "example");
                config.watchdog = None;
                let peer = Peer::accept(config);
                self.peers.insert(at, EnablerPeer { name, conn, peer });
            }
            Input::Accepted { conn, .. } => {
                self.far_conn = Some(conn);
                self.framers.insert(conn, msrp::Framer::default());
            }
            Input::Datagram { socket, bytes, .. } => self.datagram(socket, bytes),
            Input::Received { conn, bytes } => {
                if self.peers.iter().any(|at| at.conn == conn) {
                    self.ch2(now, conn, &bytes);
                } else if conn.0 >= 1000 && conn.0 < ConnId::FIRST_ACCEPTED {
                    self.control.extend_from_slice(&bytes);
                } else {
                    self.msrp(conn, &bytes);
                }
            }
            Input::Closed { conn, .. } => {
                self.framers.remove(&conn);
                self.peers.retain(|at| at.conn != conn);
            }
            _ => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn poll_timeout(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _now: Time) {}

    fn is_finished(&self) -> bool {
        false
    }
}
