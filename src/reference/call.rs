//! One call: two SIP legs, two MSRP endpoints and a credit-control session.

mod endings;
mod messages;
mod timers;

use std::collections::VecDeque;

use crate::io::{ConnId, Time};
use crate::sip::sdp::{Connector, Description, MessageMedia, Setup, who_connects};
use crate::sip::transaction::{Flow, TransactionId};
use crate::sip::{Message, SessionExpires};

use super::Fault;
use super::ccr;
use super::charged::Charged;
use super::charging::{Action, Amount, Answer, Cause, CreditSession, Policy, ReAuth};
use super::enabler::Enabler;
use super::leg::Leg;
use super::media::{Endpoint, Taken};
use super::net::{Net, Purpose, Side};

/// Who ends a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The client: BYE or CANCEL.
    Client,
    /// The far end: its BYE.
    FarEnd,
    /// This server: an operator, a timer, or credit.
    Server,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub no: u64,
    client: Leg,
    far: Option<Leg>,
    to_client: Endpoint,
    to_far: Option<Endpoint>,
    credit: CreditSession,
    charged: Charged,
    /// Accepted, and not delivered before their debit.
    accepted: VecDeque<(Taken, Amount)>,
    /// Not answered before there are units for them.
    held: VecDeque<Taken>,
    ended_by: Option<EndedBy>,
    cause: Cause,
    /// The stop waits for the answer to our BYE (reading S2).
    stop_waits: bool,
    /// Our BYEs wait for the Response to the stop (a fault).
    byes_wait: bool,
    /// Our BYEs follow the stop at once (reading S3).
    byes_follow: bool,
    credit_closed: bool,
    /// Another session is charged for what this one uses (a fault).
    pub charges_another: bool,
    /// How much that is, since it was looked at.
    pub misplaced: Amount,
    active_at: Time,
    session_interval: Option<SessionExpires>,
    refreshed_at: Time,
    /// An UPDATE of ours is unanswered.
    refreshing: bool,
    /// The client's MSRP connection is lost since then.
    media_lost_at: Option<Time>,
    /// Messages that were accepted; a fault counts them.
    taken: u64,
    /// A fault keeps the session's endpoints after its end.
    lingers: bool,
    /// A fault keeps the stop to itself.
    forgets: bool,
}

/// What a call is made of.
pub(super) struct Begin {
    pub no: u64,
    pub invite: Message,
    pub invite_tx: TransactionId,
    pub flow: Flow,
    pub session_id: String,
}

impl Call {
    /// Begins a call: asks for credit. `None` where no endpoint can be described.
    pub(super) fn begin(now: Time, net: &mut Net, begin: Begin) -> Option<Call> {
        let Begin {
            no,
            invite,
            invite_tx,
            flow,
            session_id,
        } = begin;
        let (to_client, local) = Endpoint::new(net, no, Side::Client, Setup::Passive)?;
        let policy = Policy {
            interim: net.config.interim,
            units: net.config.units,
            tx: net.config.tx,
            late_answer: net.config.late_answer,
            failure_handling: net.config.failure_handling,
            faults: net.config.faults.clone(),
        };
        let charged = Charged::of(&invite, session_id);
        let session_interval = timers::agreed_interval(net, &invite);
        let mut call = Call {
            no,
            client: Leg::client(net, invite, invite_tx, flow, local),
            far: None,
            to_client,
            to_far: None,
            credit: CreditSession::new(policy),
            charged,
            accepted: VecDeque::new(),
            held: VecDeque::new(),
            ended_by: None,
            cause: Cause::Logout,
            stop_waits: false,
            byes_wait: false,
            byes_follow: false,
            credit_closed: false,
            charges_another: false,
            misplaced: Amount::default(),
            active_at: now,
            session_interval,
            refreshed_at: now,
            refreshing: false,
            media_lost_at: None,
            taken: 0,
            lingers: net.config.has(Fault::ServesAfterBye),
            forgets: false,
        };
        call.client.provisional(now, net, 100);
        if net.config.early_dialog {
            call.client.provisional(now, net, 183);
        }
        call.credit.start(now);
        Some(call)
    }

    /// Carries out what credit control asks for.
    pub(super) fn advance(&mut self, now: Time, net: &mut Net, enabler: &mut Enabler) {
        while let Some(action) = self.credit.poll() {
            match action {
                Action::Send(request) => {
                    let ccr = ccr::request(&net.config, &self.charged, &request, now);
                    if !enabler.send(now, net, ccr, self.no, &request) {
                        self.credit.send_failed(now);
                    }
                }
                Action::Admit => self.admit(now, net),
                Action::Deliver => {
                    if let Some((taken, units)) = self.accepted.pop_front() {
                        self.deliver(now, net, taken, units);
                    }
                }
                Action::Resume => self.resume(now, net),
                Action::End(reason) => self.credit_ended(now, net, reason),
                Action::Closed => {
                    self.credit_closed = true;
                    enabler.give_up(self.no);
                    if std::mem::take(&mut self.byes_wait) {
                        self.hang_up(now, net);
                    }
                }
            }
        }
        if std::mem::take(&mut self.byes_follow) {
            self.hang_up(now, net);
        }
    }

    /// The client sends a BYE before its INVITE is answered (RFC 3261 15.1.2).
    pub(super) fn left_early(&mut self, now: Time, net: &mut Net) {
        self.forgets = net.config.has(Fault::ForgetsEarlyBye);
        self.cancelled(now, net);
    }

    /// The client cancels its INVITE.
    pub(super) fn cancelled(&mut self, now: Time, net: &mut Net) {
        if !self.client.is_answered() {
            self.client.refuse(now, net, 487);
            self.end(now, net, EndedBy::Client, Cause::Logout);
        }
    }

    /// A request that belongs to one of the legs: what to do with it.
    pub(super) fn in_dialog(&mut self, now: Time, side: Side, request: &Message) -> InDialog {
        let gone = self.leg(side).is_none_or(|leg| leg.done);
        let Some(dialog) = self.leg_mut(side).and_then(|leg| leg.dialog.as_mut()) else {
            return InDialog::NoDialog;
        };
        if gone {
            return InDialog::Refused(481);
        }
        if request.is_method("BYE") && dialog.matches(request) {
            return InDialog::Bye;
        }
        if let Err(refusal) = dialog.check(request) {
            return InDialog::Refused(refusal.status);
        }
        if request.is_method("INVITE") || request.is_method("UPDATE") {
            dialog.refresh_target(request);
            if side == Side::Client {
                self.refreshed_at = now;
            }
        }
        InDialog::Answer
    }

    /// A re-INVITE or UPDATE was answered: where it moves the other end's MSRP session, what
    /// follows goes there (RFC 4975 8.4). The charging session goes on.
    pub(super) fn renegotiated(&mut self, now: Time, net: &mut Net, side: Side, request: &Message) {
        if net.config.has(Fault::StopOnReinvite) && request.is_method("INVITE") {
            self.credit.terminate(now, Cause::Logout);
        }
        let offered = Description::parse(request.body()).message_media();
        let (no, local) = (self.no, self.leg(side).map(|leg| leg.local.clone()));
        let (Some(offered), Some(local)) = (offered.filter(|media| media.port != 0), local) else {
            return;
        };
        // Our own wish is the one of the first answer: who offers anew is whoever called then.
        let connect =
            who_connects(&offered, &timers::reply_to(&offered, &local)) == Connector::Answerer;
        if let Some(endpoint) = self.endpoint_mut(side) {
            endpoint.move_to(net, no, &offered, connect);
        }
    }

    /// The leg of a side.
    pub(super) fn leg(&self, side: Side) -> Option<&Leg> {
        match side {
            Side::Client => Some(&self.client),
            Side::Far => self.far.as_ref(),
        }
    }

    /// A BYE came and has been answered.
    pub(super) fn bye(&mut self, now: Time, net: &mut Net, side: Side) {
        if let Some(leg) = self.leg_mut(side) {
            leg.done = true;
        }
        match side {
            Side::Client => self.end(now, net, EndedBy::Client, Cause::Logout),
            Side::Far => self.end(now, net, EndedBy::FarEnd, Cause::Logout),
        }
        if side == Side::Client {
            self.client_has_gone(now);
        }
    }

    /// A response to a request of ours.
    pub(super) fn response(
        &mut self,
        now: Time,
        net: &mut Net,
        purpose: Purpose,
        response: &Message,
        repeated: bool,
    ) {
        let status = response.status().unwrap_or(0);
        match purpose {
            Purpose::Bye(side) if status >= 200 => self.bye_is_over(now, side),
            Purpose::Refresh if status >= 200 => self.refresh_is_answered(now, net, status),
            Purpose::Bye(_) | Purpose::Page | Purpose::Refresh => {}
            Purpose::Invite if repeated => {
                if let Some(far) = &self.far {
                    far.acknowledge_again(net);
                }
            }
            Purpose::Invite => self.far_response(now, net, status, response),
        }
    }

    /// A request of ours was never answered.
    pub(super) fn no_response(&mut self, now: Time, net: &mut Net, purpose: Purpose) {
        match purpose {
            Purpose::Bye(side) => self.bye_is_over(now, side),
            Purpose::Invite => self.far_refused(now, net, 504),
            Purpose::Refresh => self.refresh_is_answered(now, net, 408),
            Purpose::Page => {}
        }
    }

    /// The client's 200 was never acknowledged: the session ends (RFC 3261 13.3.1.4).
    pub(super) fn unacknowledged(&mut self, now: Time, net: &mut Net) {
        self.end(now, net, EndedBy::Server, Cause::LinkBroken);
    }

    /// An operator, or the Charging Enabler with an Abort-Session-Request, ends the session.
    pub(super) fn told_to_end(&mut self, now: Time, net: &mut Net) {
        self.end(now, net, EndedBy::Server, Cause::Administrative);
    }

    /// Counts units that this session did not use.
    pub(super) fn overcharge(&mut self, now: Time, units: Amount) {
        self.credit.count(now, units);
    }

    /// A CCA came.
    pub(super) fn charged(&mut self, now: Time, number: u32, answer: &Answer) {
        self.credit.answer(now, number, answer);
    }

    /// The outstanding CCR was sent once more.
    pub(super) fn charged_again(&mut self) {
        self.credit.sent_again();
    }

    /// A Re-Auth-Request came: how to answer it. [`Call::reauthorized`] follows the answer.
    pub(super) fn reauthorize(&mut self) -> ReAuth {
        self.credit.reauthorize()
    }

    /// The answer to a Re-Auth-Request has been sent.
    pub(super) fn reauthorized(&mut self, now: Time) {
        self.credit.resume(now);
    }

    /// Session-Id of the credit-control session.
    pub(super) fn session_id(&self) -> &str {
        &self.charged.session_id
    }

    /// The client's Call-ID.
    pub(super) fn call_id(&self) -> &str {
        &self.charged.call_id
    }

    /// True while the session stands.
    pub(super) fn stands(&self) -> bool {
        self.ended_by.is_none()
    }

    /// True once nothing will happen any more.
    pub(super) fn is_over(&self) -> bool {
        let legs_done = self.client.done && self.far.as_ref().is_none_or(|far| far.done);
        self.ended_by.is_some() && self.credit_closed && legs_done && !self.lingers
    }

    /// Forgets what others know of the call.
    pub(super) fn close(&mut self, net: &mut Net) {
        for endpoint in [Some(&mut self.to_client), self.to_far.as_mut()]
            .into_iter()
            .flatten()
        {
            endpoint.close(net);
            if let Some(conn) = endpoint
                .conn()
                .filter(|conn| conn.0 < ConnId::FIRST_ACCEPTED)
            {
                net.close(conn, false);
            }
        }
    }

    /// Credit is granted: invites the far end, or answers itself.
    fn admit(&mut self, now: Time, net: &mut Net) {
        if self.ended_by.is_some() {
            return;
        }
        if net.config.far_end.is_none() {
            return self.accept(now, net);
        }
        let far =
            Endpoint::new(net, self.no, Side::Far, Setup::ActPass).and_then(|(end, local)| {
                Some((
                    end,
                    Leg::invite_far(now, net, self.no, &self.client, local)?,
                ))
            });
        match far {
            Some((endpoint, leg)) => {
                self.to_far = Some(endpoint);
                self.far = Some(leg);
            }
            None => self.far_refused(now, net, 480),
        }
    }

    /// Answers the client.
    fn accept(&mut self, now: Time, net: &mut Net) {
        let offered = Description::parse(self.client.invite.body()).message_media();
        let agreed = self.client.accept(now, net, self.session_interval);
        let (Some(offered), Some(agreed)) = (offered, agreed) else {
            self.client.refuse(now, net, 488);
            return self.end(now, net, EndedBy::Server, Cause::ServiceNotProvided);
        };
        let connect = who_connects(&offered, &agreed) == Connector::Answerer;
        self.to_client.meet(net, self.no, &offered, connect);
        self.active_at = now;
        self.refreshed_at = now;
        self.credit.begin(now);
    }

    fn far_response(&mut self, now: Time, net: &mut Net, status: u16, response: &Message) {
        let Some(far) = &mut self.far else { return };
        match status {
            100..=199 => {
                far.is_early(now, net);
                if status > 100 && !self.client.done && self.stands() {
                    self.client.provisional(now, net, status);
                }
            }
            200..=299 => {
                let remote = far.answered(net, response);
                if far.is_cancelled() || self.ended_by.is_some() {
                    return far.hang_up(now, net, self.no);
                }
                let offered = far.local.clone();
                match remote {
                    Some(remote) => self.far_accepted(now, net, &offered, &remote),
                    None => self.end(now, net, EndedBy::Server, Cause::ServiceNotProvided),
                }
            }
            _ => self.far_refused(now, net, status),
        }
    }

    fn far_accepted(
        &mut self,
        now: Time,
        net: &mut Net,
        offered: &MessageMedia,
        remote: &MessageMedia,
    ) {
        let connect = who_connects(offered, remote) == Connector::Offerer;
        if let Some(to_far) = &mut self.to_far {
            to_far.meet(net, self.no, remote, connect);
        }
        self.accept(now, net);
    }

    fn far_refused(&mut self, now: Time, net: &mut Net, status: u16) {
        if let Some(far) = &mut self.far {
            far.done = true;
        }
        self.client.refuse(now, net, status);
        self.end(now, net, EndedBy::Server, Cause::ServiceNotProvided);
    }

    fn leg_mut(&mut self, side: Side) -> Option<&mut Leg> {
        match side {
            Side::Client => Some(&mut self.client),
            Side::Far => self.far.as_mut(),
        }
    }

    fn endpoint_mut(&mut self, side: Side) -> Option<&mut Endpoint> {
        match side {
            Side::Client => Some(&mut self.to_client),
            Side::Far => self.to_far.as_mut(),
        }
    }
}

/// What an in-dialog request asks of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InDialog {
    /// There is no such dialog yet.
    NoDialog,
    /// A BYE: answer it, then [`Call::bye`].
    Bye,
    /// Refuse it with this status.
    Refused(u16),
    /// Answer it with the session as it stands.
    Answer,
}
