//! One IM session of a running scenario.

use crate::io::{Closed, ConnId, Input, SocketId, Time};
use crate::roles::Settings;
use crate::roles::campaign::Stage;
use crate::roles::client::{Heard, Line};
use crate::roles::identity::Who;
use crate::roles::media::Leg;
use crate::roles::net::{Net, Owner, Part};
use crate::roles::record::{End, Record, Seat};
use crate::roles::ua::{Address, Ua, Written};
use crate::scenario::{Party, Subscriber};
use crate::sip::transaction::Flow;

use super::in_words;

/// One IM session of a running scenario: its client, its far end, and what its charging session is
/// told.
#[derive(Debug)]
pub(in crate::roles) struct Chat {
    session: usize,
    pub who: Who,
    line: Line,
    pub client: Ua,
    pub far: Option<Ua>,
    /// Result-Code of the next interim's answer.
    pub refuse_next: Option<u32>,
    /// What the scenario granted last.
    pub last_grant: Option<u64>,
}

impl Chat {
    /// Binds the sockets of the session's parties.
    pub fn new(play: usize, session: usize, pair: Subscriber, stage: &mut Stage) -> Chat {
        let settings: &Settings = &stage.settings;
        let sip = &settings.sut.sip;
        let net = &mut stage.net;
        let ip = sip.client_address;
        let seat = |party| Seat { session, party };
        let who = Who::new(pair, &host_of(ip), net);
        let line = Line::new(play, session, sip.transport, ip, settings.sip, net);
        let owner = Owner::Play(play, Part::ClientMedia(session));
        let media = Leg::new(owner, seat(Party::Client), ip, net);
        let nowhere = Address {
            transport: "UDP",
            sent_by: String::new(),
            contact: String::new(),
        };
        let client = Ua::new(seat(Party::Client), media, nowhere, ip.to_string(), net);
        let far = stage.port.as_ref().map(|port| {
            let ip = port.ip();
            let owner = Owner::Play(play, Part::FarEndMedia(session));
            let media = Leg::new(owner, seat(Party::FarEnd), ip, net);
            let address = port.address(&who.subscriber.far_end);
            Ua::new(seat(Party::FarEnd), media, address, ip.to_string(), net)
        });
        Chat {
            session,
            who,
            line,
            client,
            far,
            refuse_next: None,
            last_grant: None,
        }
    }

    /// Takes the address of a socket; false where it is another session's.
    pub fn on_bound(&mut self, socket: SocketId, local: std::net::SocketAddr) -> bool {
        self.line.on_bound(socket, local)
            || self.client.media.on_bound(socket, local)
            || self
                .far
                .as_mut()
                .is_some_and(|far| far.media.on_bound(socket, local))
    }

    /// True once its parties can send; from then on the client knows its address.
    pub fn prepare(&mut self) -> bool {
        let ready = self.line.is_ready()
            && self.client.media.is_ready()
            && self.far.as_ref().is_none_or(|far| far.media.is_ready());
        match self.line.address(&self.who.subscriber.client) {
            Some(address) if ready => {
                self.client.address = address;
                self.client.hop = self.line.hop();
                true
            }
            _ => false,
        }
    }

    /// The user agent of a party.
    pub fn ua(&mut self, party: Party) -> Option<&mut Ua> {
        match party {
            Party::Client => Some(&mut self.client),
            Party::FarEnd => self.far.as_mut(),
            Party::Enabler | Party::SecondEnabler => None,
        }
    }

    /// Something about an MSRP connection of a party.
    pub fn on_media(&mut self, party: Party, input: Input, net: &mut Net, record: &mut Record) {
        let Some(ua) = self.ua(party) else { return };
        let leg = &mut ua.media;
        match input {
            Input::Accepted { conn, .. } => leg.on_accepted(conn, net, record),
            Input::Connected { conn, .. } => leg.on_connected(conn, net, record),
            Input::Received { conn, bytes } => leg.on_bytes(conn, &bytes, net, record),
            Input::Closed { conn, how } => leg.on_closed(conn, &how, net, record),
            _ => {}
        }
    }

    /// Something about the client's SIP transport: what it heard.
    pub fn on_line(&mut self, input: Input, net: &mut Net, record: &mut Record) -> Vec<Heard> {
        match input {
            Input::Accepted { conn, .. } | Input::Connected { conn, .. } => {
                let seat = self.client.seat;
                let path = Net::conn_path(conn);
                record.path(net.now, seat, path, "SIP connected", End::Stands);
                if let Some(oldest) = self.line.on_connection(conn) {
                    self.line.on_closed(oldest);
                    let what = "SIP connection: closed for another of the server's";
                    let path = Net::conn_path(oldest);
                    record.path(net.now, seat, path, what, End::GoneByUs);
                    net.close(oldest, false);
                    let flow = Flow::Tcp { conn: oldest };
                    self.client.on_flow_closed(flow, net, record);
                }
                Vec::new()
            }
            Input::Received { conn, bytes } => self.line.bytes(conn, &bytes, net),
            Input::Datagram { from, bytes, .. } => {
                self.line.datagram(from, bytes).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Makes sure that the client has a way to the server: a server may close a connection (for what
    /// came over it, say), and the next request goes over another one (RFC 3261 18).
    pub fn reach_server(&mut self, net: &mut Net) {
        if self.client.hop.is_none() {
            self.line.reopen(net);
            self.client.hop = self.line.hop();
        }
    }

    /// A connection of the client's ended; true where it was the way to the server.
    pub fn on_line_closed(
        &mut self,
        conn: ConnId,
        how: &Closed,
        net: &mut Net,
        record: &mut Record,
    ) -> bool {
        let was_hop = self.line.hop() == Some(Flow::Tcp { conn });
        self.line.on_closed(conn);
        let what = format!("SIP connection: {}", in_words(how));
        let (seat, path) = (self.client.seat, Net::conn_path(conn));
        record.path(net.now, seat, path, &what, End::GoneByServer);
        self.client.on_flow_closed(Flow::Tcp { conn }, net, record);
        was_hop
    }

    /// SIP for one of the parties.
    pub fn on_heard(&mut self, party: Party, heard: Heard, net: &mut Net, record: &mut Record) {
        let seat = Seat {
            session: self.session,
            party,
        };
        let Some(ua) = self.ua(party) else { return };
        match heard {
            Heard::Message(message, flow) if !message.is_request() && !message.is_response() => {
                let reason = "not SIP: no request and no response".to_owned();
                record.garbage(net.now, seat, Ua::path(flow), message.raw(), reason);
            }
            Heard::Message(message, flow) => ua.on_message(message, flow, net, record),
            Heard::Garbage {
                conn,
                bytes,
                reason,
            } => {
                record.garbage(net.now, seat, Net::conn_path(conn), &bytes, reason);
                ua.on_flow_closed(Flow::Tcp { conn }, net, record);
            }
        }
    }

    /// A connection of the far end's port that its call runs over has ended.
    pub fn on_far_closed(&mut self, conn: ConnId, net: &mut Net, record: &mut Record) {
        if let Some(far) = &mut self.far {
            far.on_flow_closed(Flow::Tcp { conn }, net, record);
        }
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        let far = self.far.as_ref().and_then(Ua::poll_timeout);
        far.into_iter().chain(self.client.poll_timeout()).min()
    }

    pub fn handle_timeout(&mut self, net: &mut Net, record: &mut Record) {
        self.client.handle_timeout(net, record);
        if let Some(far) = &mut self.far {
            far.handle_timeout(net, record);
        }
    }

    /// Answers whatever still waits for a step.
    pub fn release(&mut self, net: &mut Net, record: &mut Record) {
        for ua in std::iter::once(&mut self.client).chain(&mut self.far) {
            // What is tidied up is said aloud again.
            ua.fall_silent(false);
            ua.release(net, record);
            ua.media.release(net, record);
        }
    }

    /// Ends the client's call, where there is one.
    pub fn hang_up(&mut self, net: &mut Net, record: &mut Record) {
        if self.client.is_in_call() {
            // Whichever of the two does not fit fails without a trace.
            let nothing = Written::default();
            let _ = self
                .client
                .request_in_dialog("BYE", &nothing, None, net, record);
            let _ = self.client.cancel(nothing, None, net, record);
        }
    }

    /// Ends the far end's call, where the server has not.
    pub fn hang_up_far(&mut self, net: &mut Net, record: &mut Record) {
        if let Some(far) = self.far.as_mut().filter(|far| far.is_in_call()) {
            let _ = far.request_in_dialog("BYE", &Written::default(), None, net, record);
        }
    }

    /// True while either party is in a call.
    pub fn is_in_call(&self) -> bool {
        self.client.is_in_call() || self.far.as_ref().is_some_and(Ua::is_in_call)
    }

    /// Closes its media.
    pub fn close(&mut self, net: &mut Net) {
        for ua in std::iter::once(&mut self.client).chain(&mut self.far) {
            ua.media.close(net);
        }
    }
}

/// An IP address as the host of a Call-ID, whose grammar takes the brackets of IPv6.
fn host_of(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
