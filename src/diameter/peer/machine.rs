//! The machine itself.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::diameter::builder::{AvpOut, MessageBuilder};
use crate::diameter::dictionary::{self, CER, DPR, DWR};
use crate::diameter::framer::Framer;
use crate::diameter::key;
use crate::diameter::message::Message;
use crate::io::Time;

use super::config::PeerConfig;
use super::event::{PeerEvent, PeerFailure, PeerState, Relation, Remote, SendError};
use super::identifiers::Identifiers;
use super::pending::Pending;

const SUCCESS: u32 = 2001;
const MISSING_AVP: u32 = 5005;
const NO_COMMON_APPLICATION: u32 = 5010;
const UNABLE_TO_COMPLY: u32 = 5012;

/// One end of one Diameter connection.
#[derive(Debug)]
pub struct Peer {
    config: PeerConfig,
    initiator: bool,
    state: PeerState,
    framer: Framer,
    identifiers: Identifiers,
    random: fastrand::Rng,
    pending: Pending,
    /// Our CER, DWRs and DPR that are unanswered; few, because each waits for the one before.
    own_pending: Pending,
    transmit: VecDeque<Bytes>,
    events: VecDeque<PeerEvent>,
    remote: Option<Remote>,
    /// When the wait of the state ends, in the states that wait.
    deadline: Option<Time>,
    /// When Tw ends, in the open states.
    watchdog: Option<Time>,
    /// A DWR is unanswered (RFC 3539 3.4.1, Pending).
    watchdog_pending: bool,
    /// Hop-by-Hop Identifier of our CER or DPR.
    own_request: Option<u32>,
}

impl Peer {
    /// The responder's end: waits for a CER. For the Charging Enabler.
    pub fn accept(config: PeerConfig) -> Peer {
        Peer::new(config, false)
    }

    /// The initiator's end: sends a CER. For a Charging Enabler User.
    pub fn initiate(config: PeerConfig) -> Peer {
        Peer::new(config, true)
    }

    /// Says that the transport stands. An initiator sends its CER.
    pub fn handle_connected(&mut self, now: Time) {
        if self.state != PeerState::Idle {
            return;
        }
        self.deadline = Some(now + self.config.capabilities_timeout);
        if self.initiator {
            self.state = PeerState::WaitCea;
            let cer = MessageBuilder::request(CER, 0).avps(self.config.capabilities());
            self.own_request = Some(self.send_own(cer));
        } else {
            self.state = PeerState::WaitCer;
        }
    }

    /// Takes the next bytes of the stream, cut anywhere.
    pub fn handle_bytes(&mut self, now: Time, bytes: &[u8]) {
        if self.state == PeerState::Idle {
            self.handle_connected(now);
        }
        self.framer.push(bytes);
        loop {
            match self.framer.next_message() {
                Ok(None) => return,
                Ok(Some(raw)) => self.handle_message(now, Message::decode(raw)),
                Err(error) => {
                    self.fail(PeerFailure::Frame(error));
                    return;
                }
            }
        }
    }

    /// Says that the transport has ended.
    pub fn handle_closed(&mut self, _now: Time) {
        match self.state {
            PeerState::Closed => {}
            PeerState::ClosedByPeer | PeerState::Closing => {
                self.close();
                self.events.push_back(PeerEvent::Closed);
            }
            _ => {
                let cut_off = self.framer.remainder().len();
                self.fail(PeerFailure::TransportClosed { cut_off });
            }
        }
    }

    /// Says that the time asked for by [`Peer::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            match self.state {
                PeerState::WaitCer | PeerState::WaitCea => {
                    self.fail(PeerFailure::CapabilitiesTimeout(
                        self.config.capabilities_timeout,
                    ));
                }
                PeerState::Closing | PeerState::ClosedByPeer => {
                    self.fail(PeerFailure::DisconnectTimeout(
                        self.config.disconnect_timeout,
                    ));
                }
                _ => {}
            }
        }
        if self.watchdog.is_some_and(|watchdog| watchdog <= now) {
            self.watchdog_elapsed(now);
        }
    }

    /// When [`Peer::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadline.into_iter().chain(self.watchdog).min()
    }

    /// The next message to write to the transport, whole.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmit.pop_front()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<PeerEvent> {
        self.events.pop_front()
    }

    /// True once the transport is to be closed, after what [`Peer::poll_transmit`] still has.
    pub fn wants_close(&self) -> bool {
        self.state == PeerState::Closed
    }

    /// Where the connection stands.
    pub fn state(&self) -> PeerState {
        self.state
    }

    /// True where requests may be sent.
    pub fn is_open(&self) -> bool {
        matches!(self.state, PeerState::Open | PeerState::Suspect)
    }

    /// What the other end said of itself, once the connection has opened.
    pub fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// The configuration the peer was made with.
    pub fn config(&self) -> &PeerConfig {
        &self.config
    }

    /// Changes what is done otherwise than the standard asks.
    pub fn behaviour_mut(&mut self) -> &mut super::Behaviour {
        &mut self.config.behaviour
    }

    /// Requests that are unanswered, our own CER, DWR and DPR not counted.
    pub fn unanswered(&self) -> usize {
        self.pending.len()
    }

    /// Takes all requests that are unanswered, in the order they were sent in, for sending them
    /// elsewhere ([`super::retransmission_of`]; RFC 6733 5.5.4). CER, DWR and DPR are never among
    /// them.
    pub fn take_unanswered(&mut self) -> Vec<Bytes> {
        self.pending.take_all()
    }

    /// The next Hop-by-Hop Identifier that no unanswered request has.
    pub fn next_hop_by_hop(&mut self) -> u32 {
        loop {
            let identifier = self.identifiers.hop_by_hop();
            if !self.pending.contains(identifier) && !self.own_pending.contains(identifier) {
                return identifier;
            }
        }
    }

    /// The next End-to-End Identifier.
    pub fn next_end_to_end(&mut self) -> u32 {
        self.identifiers.end_to_end()
    }

    /// Sends a message as it is. A request is remembered until its answer comes; a request whose
    /// Hop-by-Hop Identifier is in use takes the older one's place.
    ///
    /// # Errors
    /// [`SendError`] where the connection is not open or too many requests are unanswered. While
    /// it is closing, answers are still sent.
    pub fn send(&mut self, _now: Time, message: Bytes) -> Result<(), SendError> {
        let request = message.get(4).is_some_and(|flags| flags & 0x80 != 0);
        let closing = matches!(self.state, PeerState::Closing | PeerState::ClosedByPeer);
        let allowed = self.is_open() || (closing && !request);
        if !allowed {
            return Err(SendError::NotOpen);
        }
        if request {
            if self.pending.is_full() {
                return Err(SendError::TooManyPending(self.pending.len()));
            }
            let identifier = message.get(12..16).and_then(<[u8]>::first_chunk::<4>);
            if let Some(octets) = identifier {
                self.pending
                    .insert(u32::from_be_bytes(*octets), message.clone());
            }
        }
        self.transmit.push_back(message);
        Ok(())
    }

    /// Sends a request of the peer's own commands (DWR, DPR) as it is, or any other as
    /// [`Peer::send`] does. After a DPR the connection is closing.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub fn send_own_request(&mut self, now: Time, request: Bytes) -> Result<(), SendError> {
        let message = Message::decode(request.clone());
        let hop_by_hop = message.hop_by_hop();
        match message.command_code() {
            DWR | DPR if !self.is_open() => return Err(SendError::NotOpen),
            DWR => {}
            DPR => {
                self.own_request = Some(hop_by_hop);
                self.state = PeerState::Closing;
                self.watchdog = None;
                self.deadline = Some(now + self.config.disconnect_timeout);
            }
            _ => return self.send(now, request),
        }
        self.own_pending.insert(hop_by_hop, request.clone());
        self.transmit.push_back(request);
        Ok(())
    }

    /// Gives a request the next Hop-by-Hop and End-to-End Identifiers and sends it. Returns what
    /// was sent.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub fn send_request(&mut self, now: Time, request: MessageBuilder) -> Result<Bytes, SendError> {
        let hop_by_hop = self.next_hop_by_hop();
        let end_to_end = self.next_end_to_end();
        let message = request
            .hop_by_hop(hop_by_hop)
            .end_to_end(end_to_end)
            .build();
        self.send(now, message.clone())?;
        Ok(message)
    }

    /// Ends the connection in order: sends a DPR with this Disconnect-Cause (RFC 6733 5.4.3).
    pub fn disconnect(&mut self, now: Time, cause: i32) {
        if !self.is_open() {
            return;
        }
        let dpr = MessageBuilder::request(DPR, 0)
            .avps(self.config.origin())
            .with(key::DISCONNECT_CAUSE, cause);
        self.own_request = Some(self.send_own(dpr));
        self.state = PeerState::Closing;
        self.watchdog = None;
        self.deadline = Some(now + self.config.disconnect_timeout);
    }

    /// An answer that says only that a request is refused: Session-Id and Proxy-Info of the
    /// request, our origin, and the Result-Code, with the E bit for a protocol error
    /// (RFC 6733 6.2, 7.1.3, 7.2).
    pub fn refusal(&self, request: &Message, result_code: u32) -> MessageBuilder {
        let copied = |key| request.find(key).map(AvpOut::copy_of);
        // What a CCA must have besides (RFC 8506 3.2); an answer with the E bit has another form.
        let echoed = [
            key::AUTH_APPLICATION_ID,
            key::CC_REQUEST_TYPE,
            key::CC_REQUEST_NUMBER,
        ];
        let is_credit = request.command_code() == dictionary::CCR && result_code / 1000 != 3;
        let session_bound: Vec<AvpOut> = echoed
            .into_iter()
            .filter(|_| is_credit)
            .filter_map(copied)
            .collect();
        MessageBuilder::answer_to(request)
            .error(result_code / 1000 == 3)
            .avps(copied(key::SESSION_ID))
            .with(key::RESULT_CODE, result_code)
            .avps(self.config.origin())
            .avps(session_bound)
            .avps(
                request
                    .find_all(key::PROXY_INFO)
                    .map(AvpOut::copy_of)
                    .collect::<Vec<_>>(),
            )
    }

    fn new(config: PeerConfig, initiator: bool) -> Peer {
        Peer {
            initiator,
            state: PeerState::Idle,
            framer: Framer::new(config.max_message),
            identifiers: Identifiers::new(config.seed, config.started_at),
            random: fastrand::Rng::with_seed(config.seed ^ 0x0057_4154_4348),
            pending: Pending::new(config.max_pending),
            own_pending: Pending::new(usize::MAX),
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            remote: None,
            deadline: None,
            watchdog: None,
            watchdog_pending: false,
            own_request: None,
            config,
        }
    }

    fn handle_message(&mut self, now: Time, message: Message) {
        match self.state {
            PeerState::Idle | PeerState::Closed => self.received(message, true),
            PeerState::WaitCer => self.capabilities_request(now, message),
            PeerState::WaitCea => self.capabilities_answer(now, message),
            PeerState::Open | PeerState::Suspect | PeerState::Closing | PeerState::ClosedByPeer => {
                self.message(now, message);
            }
        }
    }

    fn capabilities_request(&mut self, now: Time, cer: Message) {
        if cer.command_code() != CER || !cer.is_request() {
            let what = cer.abbreviation();
            self.received(cer, true);
            self.fail(PeerFailure::NotCapabilities(what));
            return;
        }
        self.received(cer.clone(), true);
        if !self.config.behaviour.answer_capabilities {
            return;
        }
        let remote = Remote::of(&cer);
        let common = remote.has_common_application(&self.config.applications());
        let result = match self.config.behaviour.refuse_capabilities {
            Some(result) => result,
            None if remote.origin_host.is_empty() => MISSING_AVP,
            None if !common => NO_COMMON_APPLICATION,
            None => SUCCESS,
        };
        let mut cea = MessageBuilder::answer_to(&cer)
            .error(result / 1000 == 3)
            .with(key::RESULT_CODE, result)
            .avps(self.config.capabilities_for(&cer));
        if result == MISSING_AVP && remote.origin_host.is_empty() {
            // RFC 6733 7.1.5: an example of the missing AVP, of minimum length.
            let example = AvpOut::new(key::ORIGIN_HOST, "");
            cea = cea.avp(AvpOut::group(key::FAILED_AVP, [example]));
        }
        self.transmit.push_back(cea.build());
        match result {
            SUCCESS => self.open(now, remote),
            NO_COMMON_APPLICATION => self.fail(PeerFailure::NoCommonApplication),
            other => self.fail(PeerFailure::Refused(other)),
        }
    }

    fn capabilities_answer(&mut self, now: Time, cea: Message) {
        let expected = cea.command_code() == CER
            && !cea.is_request()
            && Some(cea.hop_by_hop()) == self.own_request;
        let what = cea.abbreviation();
        let result = cea.result_code();
        let remote = Remote::of(&cea);
        self.received(cea, true);
        if !expected {
            self.fail(PeerFailure::NotCapabilities(what));
        } else if result == Some(SUCCESS) {
            self.open(now, remote);
        } else {
            self.fail(PeerFailure::RefusedByPeer(result));
        }
    }

    fn open(&mut self, now: Time, remote: Remote) {
        self.state = PeerState::Open;
        self.deadline = None;
        self.own_request = None;
        self.remote = Some(remote.clone());
        self.set_watchdog(now);
        self.events.push_back(PeerEvent::Opened { remote });
    }

    /// A message on a connection that is open or closing.
    fn message(&mut self, now: Time, message: Message) {
        let code = message.command_code();
        let request = message.is_request();
        let base = code == CER || code == DWR || code == DPR;
        // After its DPR the other end is to send nothing but answers.
        let for_us = base || (self.state == PeerState::ClosedByPeer && request);
        self.received(message.clone(), for_us);
        self.alive(now, code == DWR && !request);
        match (code, request) {
            (DWR, true) if self.config.behaviour.answer_watchdog => {
                let dwa = self.answer(&message, SUCCESS);
                let state_id = self.config.origin_state_id;
                let dwa = dwa.avps(state_id.map(|id| AvpOut::new(key::ORIGIN_STATE_ID, id)));
                self.transmit.push_back(dwa.build());
            }
            (DPR, true) => self.disconnect_request(now, &message),
            (DPR, false)
                if self.state == PeerState::Closing
                    && Some(message.hop_by_hop()) == self.own_request =>
            {
                self.close();
                self.events.push_back(PeerEvent::Closed);
            }
            (CER, true) => {
                // The state machine knows a CER on a new connection only.
                let cea = self.answer(&message, UNABLE_TO_COMPLY);
                self.transmit.push_back(cea.build());
            }
            _ => {}
        }
    }

    fn disconnect_request(&mut self, now: Time, dpr: &Message) {
        let cause = dpr
            .find(key::DISCONNECT_CAUSE)
            .and_then(|avp| avp.i32().ok());
        if self.config.behaviour.answer_disconnect {
            let dpa = self.answer(dpr, SUCCESS);
            self.transmit.push_back(dpa.build());
        }
        if self.is_open() {
            self.state = PeerState::ClosedByPeer;
            self.watchdog = None;
            self.deadline = Some(now + self.config.disconnect_timeout);
            self.events.push_back(PeerEvent::ClosedByPeer { cause });
        }
    }

    /// What RFC 3539 3.4.1 does with any message: Tw begins anew, a suspect is one no longer, and
    /// a DWA (to whichever DWR) clears the DWR that is out.
    fn alive(&mut self, now: Time, watchdog_answer: bool) {
        if !self.is_open() {
            return;
        }
        if watchdog_answer {
            self.watchdog_pending = false;
        }
        if self.state == PeerState::Suspect {
            self.state = PeerState::Open;
            self.events.push_back(PeerEvent::Recovered);
        }
        self.set_watchdog(now);
    }

    /// Sends a DWR at once, where the connection is open and none is out: its DWA proves that the
    /// peer has read everything sent before it, the CEA among it. RFC 3539 3.4.1 lets a node send
    /// one at any time. False where it was not sent.
    pub fn probe(&mut self, now: Time) -> bool {
        let may = self.state == PeerState::Open && !self.watchdog_pending;
        if may {
            self.watchdog_elapsed(now);
        }
        may
    }

    fn watchdog_elapsed(&mut self, now: Time) {
        self.watchdog = None;
        match self.state {
            PeerState::Open if !self.watchdog_pending => {
                let state_id = self.config.origin_state_id;
                let dwr = MessageBuilder::request(DWR, 0)
                    .avps(self.config.origin())
                    .avps(state_id.map(|id| AvpOut::new(key::ORIGIN_STATE_ID, id)));
                self.send_own(dwr);
                self.watchdog_pending = true;
                self.set_watchdog(now);
            }
            PeerState::Open => {
                self.state = PeerState::Suspect;
                self.events.push_back(PeerEvent::Suspect);
                self.set_watchdog(now);
            }
            PeerState::Suspect => self.fail(PeerFailure::Watchdog),
            _ => {}
        }
    }

    fn set_watchdog(&mut self, now: Time) {
        let Some(interval) = self.config.watchdog else {
            return;
        };
        let jitter = self.config.watchdog_jitter.min(interval / 2);
        let span = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX / 4) * 2;
        let moved = Duration::from_micros(self.random.u64(0..=span));
        self.watchdog = Some(now + (interval - jitter + moved));
    }

    /// An answer of the peer's own commands.
    fn answer(&self, request: &Message, result_code: u32) -> MessageBuilder {
        MessageBuilder::answer_to(request)
            .with(key::RESULT_CODE, result_code)
            .avps(self.config.origin())
    }

    fn send_own(&mut self, request: MessageBuilder) -> u32 {
        let hop_by_hop = self.next_hop_by_hop();
        let end_to_end = self.next_end_to_end();
        let request = request
            .hop_by_hop(hop_by_hop)
            .end_to_end(end_to_end)
            .build();
        self.own_pending.insert(hop_by_hop, request.clone());
        self.transmit.push_back(request);
        hop_by_hop
    }

    fn received(&mut self, message: Message, handled_by_peer: bool) {
        let base = [CER, DWR, DPR].contains(&message.command_code());
        let relation = if message.is_request() {
            Relation::Request
        } else {
            let table = if base {
                &mut self.own_pending
            } else {
                &mut self.pending
            };
            match table.take(message.hop_by_hop(), message.command_code()) {
                Some(request) => Relation::AnswerTo(request),
                None => Relation::Unsolicited,
            }
        };
        // An answer nobody waits for is discarded, and the owner only told of it.
        let unsolicited = relation == Relation::Unsolicited && !base;
        self.events.push_back(PeerEvent::Received {
            message,
            handled_by_peer: handled_by_peer || unsolicited,
            relation,
        });
    }

    fn fail(&mut self, failure: PeerFailure) {
        if self.state != PeerState::Closed {
            self.close();
            self.events.push_back(PeerEvent::Failed(failure));
        }
    }

    fn close(&mut self) {
        self.state = PeerState::Closed;
        self.deadline = None;
        self.watchdog = None;
    }
}
