//! Server transactions (RFC 3261 17.2, RFC 6026 8.7).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;

use super::event::{Config, Event, Flow, SendError, Timer};
use super::machine::{Effects, Kind, State, Transaction};
use crate::io::Time;
use crate::sip::builder::MessageBuilder;
use crate::sip::message::Message;

/// The port of SIP where none is written (RFC 3261 18.2.2).
const DEFAULT_PORT: u16 = 5060;

/// Where the responses to a request go (RFC 3261 18.2.2, RFC 3581 4).
pub(super) fn response_flow(request: &Message, from: Flow) -> Flow {
    let Flow::Udp { socket, addr } = from else {
        return from;
    };
    let Ok(via) = request.top_via() else {
        return from;
    };
    let port = via.port.unwrap_or(DEFAULT_PORT);
    let multicast: Option<IpAddr> = via.params.value("maddr").and_then(|host| host.parse().ok());
    let addr = match multicast {
        Some(host) => SocketAddr::new(host, port),
        None if via.asks_rport() => addr,
        None => SocketAddr::new(addr.ip(), port),
    };
    Flow::Udp { socket, addr }
}

impl Transaction {
    /// Waits for the user's answer to a new request.
    pub(super) fn start_server(&mut self, now: Time, config: &Config) {
        if self.kind == Kind::ServerInvite {
            self.state = State::Proceeding;
            self.trying_at = config.trying_after.map(|wait| now + wait);
        }
    }

    /// Takes the request again.
    pub(super) fn handle_repeated_request(
        &mut self,
        message: Message,
        from: Flow,
        effects: &mut Effects,
    ) {
        // In Accepted the 2xx has its own retransmission (RFC 6026 8.7); before the first
        // answer there is nothing to send.
        if matches!(self.state, State::Proceeding | State::Completed) {
            self.send_again(effects);
        }
        self.report(message, from, effects);
    }

    /// Takes an ACK that matches by its branch, or by its dialog.
    pub(super) fn handle_ack(
        &mut self,
        now: Time,
        config: &Config,
        message: Message,
        from: Flow,
        effects: &mut Effects,
    ) {
        match self.state {
            State::Completed => {
                self.state = State::Confirmed;
                self.resend = None;
                let wait = if self.to.is_reliable() {
                    Duration::ZERO
                } else {
                    config.t4
                };
                self.expire_after(now, wait, Timer::I);
                let id = Some(self.id);
                effects.events.push_back(Event::Ack {
                    id,
                    message,
                    from,
                    refusal: true,
                });
            }
            State::Accepted if !self.acknowledged => {
                self.acknowledged = true;
                self.resend = None;
                let id = Some(self.id);
                effects.events.push_back(Event::Ack {
                    id,
                    message,
                    from,
                    refusal: false,
                });
            }
            _ => self.report(message, from, effects),
        }
    }

    /// Sends the user's answer.
    pub(super) fn respond(
        &mut self,
        now: Time,
        config: &Config,
        status: u16,
        bytes: Bytes,
        effects: &mut Effects,
    ) -> Result<(), SendError> {
        let invite = self.kind == Kind::ServerInvite;
        // A core may send several 2xx to one INVITE (RFC 6026 8.7).
        let again = self.state == State::Accepted && (200..300).contains(&status);
        if !again && !matches!(self.state, State::Trying | State::Proceeding) {
            return Err(SendError::Answered);
        }
        self.trying_at = None;
        self.send(bytes, effects);
        if status < 200 {
            self.state = State::Proceeding;
        } else if !invite {
            self.state = State::Completed;
            let wait = if self.to.is_reliable() {
                Duration::ZERO
            } else {
                config.t1 * 64
            };
            self.expire_after(now, wait, Timer::J);
        } else if status < 300 {
            self.state = State::Accepted;
            if config.retransmit_2xx && !self.acknowledged {
                self.resend_from(now, config.t1, config.t2);
            }
            if !again {
                self.expire_after(now, config.t1 * 64, Timer::L);
            }
        } else {
            self.state = State::Completed;
            if !self.to.is_reliable() {
                self.resend_from(now, config.t1, config.t2);
            }
            self.expire_after(now, config.t1 * 64, Timer::H);
        }
        Ok(())
    }

    /// Sends a 100 in the user's place (RFC 3261 17.2.1).
    pub(super) fn send_trying(&mut self, effects: &mut Effects) {
        let mut trying = MessageBuilder::response_to(&self.request, 100, "Trying", "");
        if let Flow::Udp { addr, .. } = self.peer {
            trying = trying.received_from(addr);
        }
        self.send(trying.build(), effects);
    }
}
