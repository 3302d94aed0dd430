//! Client transactions (RFC 3261 17.1, RFC 6026 8.4).

use std::time::Duration;

use super::event::{Config, Event, Flow, Stray, Timer};
use super::machine::{Effects, Kind, State, Transaction};
use crate::io::Time;
use crate::sip::builder::MessageBuilder;
use crate::sip::message::Message;

/// Timer D over UDP: at least 32 s (RFC 3261 17.1.1.2).
const TIMER_D: Duration = Duration::from_secs(32);
/// How many To tags of forked 2xx one INVITE remembers.
const MAX_FORKS: usize = 32;

impl Transaction {
    /// Sends the request and starts timers A and B, or E and F.
    pub(super) fn start_client(&mut self, now: Time, config: &Config, effects: &mut Effects) {
        self.send(self.request.raw().clone(), effects);
        let invite = self.kind == Kind::ClientInvite;
        if !self.to.is_reliable() {
            let cap = if invite { Duration::MAX } else { config.t2 };
            self.resend_from(now, config.t1, cap);
        }
        self.expire_after(
            now,
            config.t1 * 64,
            if invite { Timer::B } else { Timer::F },
        );
    }

    /// Takes a response that matches.
    pub(super) fn handle_response(
        &mut self,
        now: Time,
        config: &Config,
        message: Message,
        from: Flow,
        effects: &mut Effects,
    ) {
        let Some(status) = message.status() else {
            return;
        };
        let same = self.last_received.as_ref() == Some(message.raw());
        match (self.kind, self.state) {
            (_, State::Trying | State::Proceeding) if status < 200 => {
                self.state = State::Proceeding;
                if self.kind == Kind::ClientInvite {
                    self.resend = None;
                    self.expires = None;
                }
                if same {
                    return self.report(message, from, effects);
                }
            }
            (Kind::ClientInvite, State::Trying | State::Proceeding) if status < 300 => {
                self.state = State::Accepted;
                self.resend = None;
                self.remember_fork(&message);
                self.expire_after(now, config.t1 * 64, Timer::M);
            }
            (Kind::ClientInvite, State::Accepted) if (200..300).contains(&status) => {
                let repeated = !self.remember_fork(&message);
                return self.deliver(message, from, repeated, effects);
            }
            (Kind::ClientInvite, State::Trying | State::Proceeding) => {
                self.state = State::Completed;
                self.resend = None;
                let ack = MessageBuilder::ack_of_refusal(&self.request, &message).build();
                self.send(ack, effects);
                let wait = if self.to.is_reliable() {
                    Duration::ZERO
                } else {
                    TIMER_D
                };
                self.expire_after(now, wait, Timer::D);
            }
            (Kind::ClientInvite, State::Completed) if status >= 300 => {
                self.send_again(effects);
                return self.report(message, from, effects);
            }
            (Kind::Client, State::Trying | State::Proceeding) => {
                self.state = State::Completed;
                self.resend = None;
                let wait = if self.to.is_reliable() {
                    Duration::ZERO
                } else {
                    config.t4
                };
                self.expire_after(now, wait, Timer::K);
            }
            (Kind::Client, State::Completed) if status >= 200 => {
                return self.report(message, from, effects);
            }
            _ => {
                let why = Stray::Late;
                effects
                    .events
                    .push_back(Event::Stray { message, from, why });
                return;
            }
        }
        self.last_received = Some(message.raw().clone());
        self.deliver(message, from, false, effects);
    }

    fn deliver(&self, message: Message, from: Flow, repeated: bool, effects: &mut Effects) {
        effects.events.push_back(Event::Response {
            id: self.id,
            message,
            from,
            repeated,
        });
    }

    /// True where a 2xx with this To tag has not come before.
    fn remember_fork(&mut self, message: &Message) -> bool {
        let tag = message
            .to()
            .ok()
            .and_then(|to| to.tag().map(str::to_owned))
            .unwrap_or_default();
        let new = !self.accepted_tags.contains(&tag);
        if new && self.accepted_tags.len() < MAX_FORKS {
            self.accepted_tags.push(tag);
        }
        new
    }
}
