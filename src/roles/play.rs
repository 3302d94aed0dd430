//! One running scenario.

mod charging;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::diameter;
use crate::engine::{Case, Plan, StepId, What};
use crate::io::{Closed, ConnId, Input, SocketId, Time};
use crate::scenario::Party;
use crate::sip;
use crate::sip::transaction::Flow;

use super::campaign::Stage;
use super::client::{Heard, Line};
use super::enabler::Admitted;
use super::identity::{Clues, NO_CLUE, Who};
use super::media::Leg;
use super::net::{Net, Owner, Part};
use super::outcome::Played;
use super::record::{End, Record};
use super::trigger::HttpTrigger;
use super::ua::{Address, Ua};

/// One running scenario: its parties, its trace, and how far it has come.
#[derive(Debug)]
pub(super) struct Play {
    pub index: usize,
    /// Which subscriber pair it owns.
    pub subscriber: usize,
    pub who: Who,
    pub(super) case: Case,
    pub(super) record: Record,
    line: Line,
    pub(super) client: Ua,
    pub(super) far: Option<Ua>,
    pending: Vec<Pending>,
    pub(super) http: Option<(ConnId, HttpTrigger)>,
    /// Result-Code of the next interim's answer.
    pub(super) refuse_next: Option<u32>,
    /// A CH-2 connection of its sessions is gone, and none has come to stand since.
    lost_peer: bool,
    /// What the scenario granted last.
    last_grant: Option<u64>,
    phase: Phase,
    began: Time,
    limit: Duration,
    /// True once the server has reacted at all.
    pub heard: bool,
    /// Why the server could not even be spoken to.
    pub unreachable: Option<String>,
}

/// A request of the server's that has no answer yet.
#[derive(Debug)]
struct Pending {
    met: StepId,
    conn: ConnId,
    request: diameter::Message,
    admitted: Admitted,
}

/// How many quiet windows are listened through at the end, where the server does not fall silent.
const MOST_WINDOWS: u32 = 5;

/// How far a scenario has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Sockets are being bound.
    Preparing {
        until: Time,
    },
    /// The flow is played.
    Running,
    /// The flow is over, and what still stands is being ended.
    Tidying {
        until: Time,
    },
    /// Everything is ended; what comes late is still seen, and listened after, but not for ever: a
    /// server that never falls silent must not hold up the run.
    Listening {
        until: Time,
        latest: Time,
    },
    Over,
}

impl Play {
    /// Binds the sockets of a scenario's parties.
    pub fn new(index: usize, subscriber: usize, case: Case, stage: &mut Stage) -> Play {
        let settings = Arc::clone(&stage.settings);
        let sip = &settings.sut.sip;
        let net = &mut stage.net;
        let pair = settings.sut.subscribers[subscriber].clone();
        let ip = sip.client_address;
        let who = Who::new(pair, &host_of(ip), net);
        let line = Line::new(index, sip.transport, ip, settings.sip, net);
        let media = Leg::new(
            Owner::Play(index, Part::ClientMedia),
            Party::Client,
            ip,
            net,
        );
        let nowhere = Address {
            transport: "UDP",
            sent_by: String::new(),
            contact: String::new(),
        };
        let client = Ua::new(Party::Client, media, nowhere, ip.to_string(), net);
        let far = stage.port.as_ref().map(|port| {
            let ip = port.ip();
            let media = Leg::new(
                Owner::Play(index, Part::FarEndMedia),
                Party::FarEnd,
                ip,
                net,
            );
            let address = port.address(&who.subscriber.far_end);
            Ua::new(Party::FarEnd, media, address, ip.to_string(), net)
        });
        let readings: Vec<_> = case.readings.iter().map(|(reading, _)| *reading).collect();
        let plan = Plan::new(Arc::clone(&case.scenario), &readings, &case.claims);
        let until = net.now + case.ixit.connect_time;
        Play {
            index,
            subscriber,
            record: Record::new(Arc::new(plan), settings.limits),
            case: Case {
                identities: who.identities(),
                ..case
            },
            who,
            line,
            client,
            far,
            pending: Vec::new(),
            http: None,
            refuse_next: None,
            lost_peer: false,
            last_grant: None,
            phase: Phase::Preparing { until },
            began: net.now,
            limit: Duration::ZERO,
            heard: false,
            unreachable: None,
        }
    }

    /// True once there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// True while its flow is played: new calls and sessions can be its own.
    pub fn is_running(&self) -> bool {
        !matches!(self.phase, Phase::Preparing { .. } | Phase::Over)
    }

    /// How well a new call matches; no clue where there is no far end.
    pub fn clues_in_invite(&self, invite: &sip::Message) -> Clues {
        if self.far.is_some() && self.is_running() {
            self.who.clues_in_invite(invite)
        } else {
            NO_CLUE
        }
    }

    /// What came of it.
    pub fn finish(mut self, stage: &mut Stage) -> Played {
        let mut identities = self.who.names();
        let sessions = stage.enabler.session_ids(self.index);
        if !sessions.is_empty() {
            identities.insert("Session-Id".to_owned(), sessions.join(" "));
        }
        self.client.media.close(&mut stage.net);
        if let Some(far) = &mut self.far {
            far.media.close(&mut stage.net);
        }
        stage.enabler.forget(self.index);
        if let Some(port) = &mut stage.port {
            port.forget(self.index);
        }
        stage.net.close_play(self.index);
        let (trace, background) = self.record.take();
        Played {
            case: self.case,
            trace,
            not_played: None,
            began: self.began,
            ended: stage.net.now,
            identities,
            background,
        }
    }

    /// Ends it at once, with this as the last line of its trace.
    pub fn cut_short(&mut self, reason: &str, now: Time) {
        self.record.cut_short(now, reason);
        self.phase = Phase::Over;
    }

    /// Ends its flow: what came cannot be judged.
    pub fn leave_undecided(&mut self, reason: &str, now: Time) {
        self.record.cut_short(now, reason);
    }

    /// A socket of the play is bound.
    pub fn on_bound(&mut self, socket: SocketId, local: std::net::SocketAddr) {
        let _ = self.line.on_bound(socket, local)
            || self.client.media.on_bound(socket, local)
            || self
                .far
                .as_mut()
                .is_some_and(|far| far.media.on_bound(socket, local));
    }

    /// A connection, datagram or the end of one for a part of this play.
    pub fn on_input(&mut self, part: Part, input: Input, stage: &mut Stage) {
        let Play {
            client,
            far,
            record,
            line,
            ..
        } = self;
        let net = &mut stage.net;
        let leg = match part {
            Part::ClientMedia => Some(&mut client.media),
            Part::FarEndMedia => far.as_mut().map(|far| &mut far.media),
            Part::ClientSip | Part::Trigger => None,
        };
        match (leg, input) {
            (Some(leg), Input::Accepted { conn, .. }) => leg.on_accepted(conn, net, record),
            (Some(leg), Input::Connected { conn, .. }) => leg.on_connected(conn, net, record),
            (Some(leg), Input::Received { conn, bytes }) => {
                leg.on_bytes(conn, &bytes, net, record);
            }
            (Some(leg), Input::Closed { conn, how }) => leg.on_closed(conn, &how, net, record),
            (None, input) if part == Part::Trigger => self.on_http(input, stage),
            (None, Input::Accepted { conn, .. } | Input::Connected { conn, .. }) => {
                if line.on_connection(conn) {
                    let path = Net::conn_path(conn);
                    record.path(net.now, Party::Client, path, "SIP connected", End::Stands);
                } else {
                    net.close(conn, true);
                }
            }
            (None, Input::Received { conn, bytes }) => {
                for heard in line.bytes(conn, &bytes, net) {
                    self.on_heard(Party::Client, heard, stage);
                }
            }
            (None, Input::Datagram { from, bytes, .. }) => {
                if let Some(heard) = line.datagram(from, bytes) {
                    self.on_heard(Party::Client, heard, stage);
                }
            }
            (None, Input::Closed { conn, how }) => self.on_line_closed(conn, &how, stage),
            _ => {}
        }
    }

    /// SIP for one of the parties.
    pub fn on_heard(&mut self, party: Party, heard: Heard, stage: &mut Stage) {
        let net = &mut stage.net;
        self.heard = true;
        let ua = match party {
            Party::FarEnd => self.far.as_mut(),
            Party::Client | Party::Enabler => Some(&mut self.client),
        };
        let Some(ua) = ua else { return };
        match heard {
            Heard::Message(message, flow) if !message.is_request() && !message.is_response() => {
                let reason = "not SIP: no request and no response".to_owned();
                self.record
                    .garbage(net.now, party, Ua::path(flow), message.raw(), reason);
            }
            Heard::Message(message, flow) => ua.on_message(message, flow, net, &mut self.record),
            Heard::Garbage {
                conn,
                bytes,
                reason,
            } => {
                self.record
                    .garbage(net.now, party, Net::conn_path(conn), &bytes, reason);
                ua.on_flow_closed(Flow::Tcp { conn }, net, &mut self.record);
            }
        }
    }

    /// A connection of the far end's port that this play's call runs over has ended.
    pub fn on_far_closed(&mut self, conn: ConnId, stage: &mut Stage) {
        if let Some(far) = &mut self.far {
            far.on_flow_closed(Flow::Tcp { conn }, &mut stage.net, &mut self.record);
        }
    }

    /// A CH-2 connection is gone.
    pub fn on_peer_gone(&mut self, conn: ConnId, what: &str, stage: &mut Stage) {
        if stage.enabler.uses(self.index, conn) {
            self.lost_peer = true;
            self.record.path(
                stage.net.now,
                Party::Enabler,
                Net::conn_path(conn),
                &format!("CH-2 connection: {what}"),
                End::GoneByServer,
            );
        }
    }

    /// A CH-2 connection came to stand: the server is back, where it was gone.
    pub fn on_peer_open(&mut self, conn: ConnId, stage: &Stage) {
        if std::mem::take(&mut self.lost_peer) {
            self.record.path(
                stage.net.now,
                Party::Enabler,
                Net::conn_path(conn),
                "CH-2 connection: open",
                End::Stands,
            );
        }
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        let phase = match self.phase {
            Phase::Preparing { until }
            | Phase::Tidying { until }
            | Phase::Listening { until, .. } => Some(until),
            Phase::Running => Some(self.began + self.limit),
            Phase::Over => None,
        };
        let flow = if self.phase == Phase::Running {
            self.record.poll_timeout()
        } else {
            None
        };
        let far = self.far.as_ref().and_then(Ua::poll_timeout);
        [phase, flow, far, self.client.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Carries out whatever is due, until nothing is.
    pub fn drive(&mut self, stage: &mut Stage) {
        self.client.handle_timeout(&mut stage.net, &mut self.record);
        if let Some(far) = &mut self.far {
            far.handle_timeout(&mut stage.net, &mut self.record);
        }
        let now = stage.net.now;
        if let Phase::Preparing { until } = self.phase {
            self.prepare(until, stage);
        }
        if self.phase == Phase::Running {
            self.record.handle_timeout(now);
            while let Some(task) = self.record.poll(now) {
                self.carry_out(task, stage);
                self.record.handle_timeout(now);
            }
            if !self.record.is_cut_short() && now >= self.began + self.limit {
                let reason = format!("the scenario's limit of {:?} is over", self.limit);
                self.record.cut_short(now, &reason);
            }
            if self.record.is_cut_short() || self.record.is_over() {
                self.tidy(stage);
            }
        }
        self.wind_up(stage);
    }

    fn prepare(&mut self, until: Time, stage: &mut Stage) {
        let now = stage.net.now;
        let ready = self.line.is_ready()
            && self.client.media.is_ready()
            && self.far.as_ref().is_none_or(|far| far.media.is_ready());
        if ready && let Some(address) = self.line.address(&self.who.subscriber.client) {
            self.client.address = address;
            self.client.hop = self.line.hop();
            self.began = now;
            self.limit = self.case.scenario.limit;
            self.record
                .begin(now, self.case.ixit.clone(), self.case.binding.clone());
            self.phase = Phase::Running;
        } else if self.unreachable.is_some() || now >= until {
            let reason = self
                .unreachable
                .get_or_insert_with(|| "the server took no SIP connection".into());
            let reason = reason.clone();
            self.cut_short(&reason, now);
        }
    }

    /// Ends what still stands, so that nothing leaks into the next scenario.
    fn tidy(&mut self, stage: &mut Stage) {
        let now = stage.net.now;
        self.record.enter(now, Party::Enabler, What::FlowOver);
        self.http = None;
        let net = &mut stage.net;
        self.client.release(net, &mut self.record);
        self.client.media.release(net, &mut self.record);
        if let Some(far) = &mut self.far {
            far.release(net, &mut self.record);
            far.media.release(net, &mut self.record);
        }
        for Pending {
            conn,
            request,
            admitted,
            ..
        } in std::mem::take(&mut self.pending)
        {
            self.answer_by_default(conn, &request, &admitted, stage);
        }
        let net = &mut stage.net;
        if self.client.is_in_call() {
            // Whichever of the two does not fit fails without a trace.
            let _ = self
                .client
                .request_in_dialog("BYE", None, net, &mut self.record);
            let _ = self.client.cancel(None, net, &mut self.record);
        }
        self.phase = Phase::Tidying {
            until: now + self.case.ixit.trigger_time,
        };
    }

    fn wind_up(&mut self, stage: &mut Stage) {
        let now = stage.net.now;
        if let Phase::Tidying { until } = self.phase {
            let far_in_call = self.far.as_ref().is_some_and(Ua::is_in_call);
            let stands = self.client.is_in_call()
                || far_in_call
                || stage.enabler.open_sessions(self.index) > 0;
            if now >= until
                && far_in_call
                && let Some(far) = &mut self.far
            {
                let _ = far.request_in_dialog("BYE", None, &mut stage.net, &mut self.record);
            }
            if !stands || now >= until {
                let window = self.case.ixit.quiet_window;
                self.phase = Phase::Listening {
                    until: now + window,
                    latest: now + window * MOST_WINDOWS,
                };
            }
        }
        if let Phase::Listening { until, .. } = self.phase
            && now >= until
        {
            self.phase = Phase::Over;
        }
    }

    fn on_line_closed(&mut self, conn: ConnId, how: &Closed, stage: &mut Stage) {
        let net = &mut stage.net;
        let was_hop = self.line.hop() == Some(Flow::Tcp { conn });
        self.line.on_closed(conn);
        let what = format!("SIP connection: {}", in_words(how));
        self.record.path(
            net.now,
            Party::Client,
            Net::conn_path(conn),
            &what,
            End::GoneByServer,
        );
        self.client
            .on_flow_closed(Flow::Tcp { conn }, net, &mut self.record);
        if was_hop && matches!(self.phase, Phase::Preparing { .. }) {
            self.unreachable = Some(format!(
                "the server took no SIP connection: {}",
                in_words(how)
            ));
        }
    }
}

/// A connection's end, in words.
pub(super) fn in_words(how: &Closed) -> String {
    match how {
        Closed::ByPeer => "closed by the server".to_owned(),
        Closed::Reset => "reset by the server".to_owned(),
        Closed::Refused => "refused by the server".to_owned(),
        Closed::Stalled => "the server did not read".to_owned(),
        Closed::Failed(reason) => format!("failed: {reason}"),
    }
}

/// A scenario that is not played.
pub(super) fn not_played(case: Case, reason: String, now: Time) -> Played {
    Played {
        case,
        trace: crate::engine::Trace::default(),
        not_played: Some(reason),
        began: now,
        ended: now,
        identities: BTreeMap::new(),
        background: BTreeMap::new(),
    }
}

/// The ICS items that a scenario needs and the server does not claim, in words; `None` where it
/// has all.
pub(super) fn lacks(case: &Case) -> Option<String> {
    let missing: Vec<String> = case.unclaimed().iter().map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| format!("not claimed: {}", missing.join(", ")))
}

/// An IP address as the host of a Call-ID, whose grammar takes the brackets of IPv6.
fn host_of(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
