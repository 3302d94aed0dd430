//! One SIP leg of a call: the client's, or the one to the far end.

use bytes::Bytes;

use crate::io::Time;
use crate::sip::background::{ALLOW, SUPPORTED};
use crate::sip::sdp::{self, Description, MessageMedia, Origin};
use crate::sip::transaction::{Flow, TransactionId};
use crate::sip::{Dialog, Message, MessageBuilder, Refresher, SessionExpires};

use super::Fault;
use super::net::{Net, Purpose, Side, reason};

/// Headers of the client's INVITE that the far end's carries as well: what a participating
/// function passes on.
const PASSED_ON: [&str; 6] = [
    "P-Asserted-Identity",
    "P-Charging-Vector",
    "P-Charging-Function-Addresses",
    "Accept-Contact",
    "Contribution-ID",
    "Conversation-ID",
];

/// One SIP leg of a call.
#[derive(Debug)]
pub(super) struct Leg {
    pub side: Side,
    pub invite: Message,
    pub invite_tx: TransactionId,
    pub flow: Flow,
    pub tag: String,
    pub origin: Origin,
    pub local: MessageMedia,
    pub dialog: Option<Dialog>,
    /// The ACK of the 2xx, for when that comes again.
    ack: Option<(Bytes, Flow)>,
    /// A provisional response came: the INVITE may be cancelled (RFC 3261 9.1).
    early: bool,
    /// The INVITE is to be cancelled.
    cancelled: bool,
    cancel_sent: bool,
    bye_sent: bool,
    /// Nothing more happens on this leg.
    pub done: bool,
}

impl Leg {
    /// The leg of an INVITE that came from the client.
    pub(super) fn client(
        net: &mut Net,
        invite: Message,
        invite_tx: TransactionId,
        flow: Flow,
        local: MessageMedia,
    ) -> Leg {
        Leg::new(net, Side::Client, invite, invite_tx, flow, local)
    }

    /// Invites the far end into the session that `client` asks for; `None` where that cannot be
    /// sent.
    pub(super) fn invite_far(
        now: Time,
        net: &mut Net,
        call: u64,
        client: &Leg,
        local: MessageMedia,
    ) -> Option<Leg> {
        let flow = net.far_flow()?;
        let from = client.invite.from().ok()?.uri.as_str().to_owned();
        let to = client.invite.to().ok()?.uri.as_str().to_owned();
        let target = client.invite.request_uri().ok()?.as_str().to_owned();
        let hops = client.invite.max_forwards().unwrap_or(70).saturating_sub(1);
        let (tag, call_id) = (net.token(), net.token());
        let origin = origin(net, &local);
        let mut invite = MessageBuilder::request("INVITE", &target)
            .header("Max-Forwards", hops.to_string())
            .header("From", format!("<{from}>;tag={tag}"))
            .header("To", format!("<{to}>"))
            .header("Call-ID", format!("{call_id}@{}", local.address))
            .cseq(1, "INVITE")
            .header("Contact", net.contact(flow))
            .header("Allow", ALLOW)
            .header("Supported", SUPPORTED)
            .body("application/sdp", sdp::offer(&origin, &local));
        for name in PASSED_ON {
            for value in client.invite.values(name) {
                invite = invite.header(name, value);
            }
        }
        let invite = net.with_via(invite, flow);
        let invite_tx = net.request(now, &invite, flow, (call, Purpose::Invite))?;
        let mut leg = Leg::new(net, Side::Far, invite.message(), invite_tx, flow, local);
        leg.tag = tag;
        leg.origin = origin;
        Some(leg)
    }

    fn new(
        net: &mut Net,
        side: Side,
        invite: Message,
        invite_tx: TransactionId,
        flow: Flow,
        local: MessageMedia,
    ) -> Leg {
        Leg {
            side,
            invite,
            invite_tx,
            flow,
            tag: net.token(),
            origin: origin(net, &local),
            local,
            dialog: None,
            ack: None,
            early: false,
            cancelled: false,
            cancel_sent: false,
            bye_sent: false,
            done: false,
        }
    }

    /// Call-ID of the leg.
    pub(super) fn call_id(&self) -> &str {
        self.invite.call_id().unwrap_or_default()
    }

    /// True once the INVITE has been answered with a 2xx.
    pub(super) fn is_answered(&self) -> bool {
        self.dialog.is_some()
    }

    /// Gives the client's INVITE a provisional response.
    pub(super) fn provisional(&self, now: Time, net: &mut Net, status: u16) {
        let (invite, tag) = (&self.invite, &self.tag);
        let mut response = MessageBuilder::response_to(invite, status, reason(status), tag);
        if status > 100 {
            response = response.header("Contact", net.contact(self.flow));
        }
        net.respond(now, self.invite_tx, self.flow, response);
    }

    /// Answers the client's INVITE with its session; what was agreed, or `None` where the offer
    /// cannot be answered.
    pub(super) fn accept(
        &mut self,
        now: Time,
        net: &mut Net,
        session_expires: Option<SessionExpires>,
    ) -> Option<MessageMedia> {
        let offer = Description::parse(self.invite.body());
        let answer = sdp::answer(&offer, &self.origin, &self.local).ok()?;
        let mut response = MessageBuilder::response_to(&self.invite, 200, "OK", &self.tag)
            .header("Contact", net.contact(self.flow))
            .header("Allow", ALLOW)
            .header("Supported", SUPPORTED);
        if let Some(timer) = session_expires {
            // RFC 4028 9: a client that is to refresh has to know that.
            if timer.refresher == Some(Refresher::Uac) {
                response = response.header("Require", "timer");
            }
            response = response.header("Session-Expires", timer.to_string());
        }
        let response = response.body("application/sdp", answer.clone());
        let agreed = Description::parse(answer).message_media()?;
        self.dialog = Some(Dialog::uas(&self.invite, &response.message()).ok()?);
        net.respond(now, self.invite_tx, self.flow, response);
        Some(agreed)
    }

    /// Refuses the client's INVITE, which has not been answered yet.
    pub(super) fn refuse(&mut self, now: Time, net: &mut Net, status: u16) {
        if !self.done && !self.is_answered() {
            let (invite, tag) = (&self.invite, &self.tag);
            let response = MessageBuilder::response_to(invite, status, reason(status), tag);
            net.respond(now, self.invite_tx, self.flow, response);
            self.done = true;
        }
    }

    /// Takes the far end's 2xx: makes the dialog and acknowledges it.
    pub(super) fn answered(&mut self, net: &mut Net, response: &Message) -> Option<MessageMedia> {
        let dialog = Dialog::uac(&self.invite, response).ok()?;
        let flow = net.dialog_flow(&dialog, self.flow);
        let ack = net.with_via(dialog.ack(dialog.local_cseq()), flow).build();
        if !net.config.has(Fault::NoFarAck) {
            net.send_stateless(ack.clone(), flow, false);
            self.ack = Some((ack, flow));
        }
        self.dialog = Some(dialog);
        Description::parse(response.body()).message_media()
    }

    /// The far end's 2xx came again: so does the ACK.
    pub(super) fn acknowledge_again(&self, net: &mut Net) {
        if let Some((ack, flow)) = &self.ack {
            net.send_stateless(ack.clone(), *flow, true);
        }
    }

    /// The far end's INVITE has had a provisional response.
    pub(super) fn is_early(&mut self, now: Time, net: &mut Net) {
        self.early = true;
        if self.cancelled {
            self.cancel(now, net);
        }
    }

    /// Ends the leg: BYE in a dialog, CANCEL before it. `call` waits for the answer.
    pub(super) fn hang_up(&mut self, now: Time, net: &mut Net, call: u64) {
        if self.done || self.bye_sent {
            return;
        }
        let Some(dialog) = &mut self.dialog else {
            return match self.side {
                Side::Client => self.refuse(now, net, 480),
                Side::Far => self.cancel(now, net),
            };
        };
        self.bye_sent = true;
        let mut bye = dialog.request("BYE");
        if net.config.has(Fault::ByeReusesCseq) {
            bye = bye.set(
                "CSeq",
                format!("{} BYE", dialog.local_cseq().saturating_sub(1)),
            );
        }
        if net.config.has(Fault::ByeWithoutTag) {
            let to = match self.side {
                Side::Client => self.invite.header("From"),
                Side::Far => self.invite.header("To"),
            };
            let to = to.unwrap_or_default();
            bye = bye.set("To", to.split(";tag=").next().unwrap_or_default());
        }
        let flow = net.dialog_flow(dialog, self.flow);
        let bye = net.with_via(bye, flow);
        let sent = net.request(now, &bye, flow, (call, Purpose::Bye(self.side)));
        // What cannot be sent is over.
        self.done = sent.is_none();
    }

    /// Refreshes the session with an UPDATE; false where none can be sent.
    pub(super) fn refresh(
        &mut self,
        now: Time,
        net: &mut Net,
        call: u64,
        timer: Option<SessionExpires>,
    ) -> bool {
        let (Some(dialog), Some(timer)) = (&mut self.dialog, timer) else {
            return false;
        };
        // We are the client of this request, and go on refreshing.
        let timer = SessionExpires {
            refresher: Some(Refresher::Uac),
            ..timer
        };
        let update = dialog.request("UPDATE");
        let flow = net.dialog_flow(dialog, self.flow);
        let update = update
            .header("Contact", net.contact(flow))
            .header("Supported", SUPPORTED)
            .header("Session-Expires", timer.to_string());
        let update = net.with_via(update, flow);
        net.request(now, &update, flow, (call, Purpose::Refresh))
            .is_some()
    }

    /// True once a BYE of ours is on its way.
    pub(super) fn has_sent_bye(&self) -> bool {
        self.bye_sent
    }

    /// Cancels the far end's INVITE, as soon as it may be (RFC 3261 9.1).
    fn cancel(&mut self, now: Time, net: &mut Net) {
        self.cancelled = true;
        if net.config.has(Fault::NoFarCancel) {
            return;
        }
        if !self.early || self.cancel_sent {
            return;
        }
        self.cancel_sent = true;
        let Ok(target) = self.invite.request_uri() else {
            return;
        };
        let mut cancel = MessageBuilder::request("CANCEL", target.as_str());
        for name in ["Max-Forwards", "From", "To", "Call-ID"] {
            cancel = cancel.header(name, self.invite.header(name).unwrap_or_default());
        }
        let via = self.invite.header("Via").unwrap_or_default().into_owned();
        let cancel = cancel.header("Via", via).cseq(1, "CANCEL").build();
        // The answer to a CANCEL says nothing that the answer to the INVITE does not say.
        let _ = net.sip.send_request(now, cancel, self.flow);
        net.flush_sip();
    }

    /// True where the 2xx that came is to be followed by a BYE.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }
}

fn origin(net: &mut Net, local: &MessageMedia) -> Origin {
    Origin {
        user: "-".to_owned(),
        session_id: net.random_u64() >> 16,
        version: 1,
        address: local.address.clone(),
    }
}
