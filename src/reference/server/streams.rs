//! What comes over connections: CH-2, SIP, MSRP and control requests.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::json;

use crate::diameter::{self, AvpOut, dictionary, key};
use crate::io::{ConnId, SocketId, Time};
use crate::msrp;
use crate::reference::charging::{Amount, ReAuth};
use crate::reference::control::{self, Control, ControlConn};
use crate::reference::enabler::Came;
use crate::reference::net::{CONTROL, MSRP, SIP_TCP, Side};
use crate::reference::{Fault, cca, ccr};
use crate::sip::transaction::Flow;
use crate::sip::{Framed, StreamFramer};

use super::{Conn, Server};

/// Connections at one time; more are closed at once.
const MAX_CONNECTIONS: usize = 20_000;

/// Sessions of one connection before those that are over are forgotten.
const MANY_SESSIONS: usize = 32;

impl Server {
    pub(super) fn ch2(&mut self, now: Time, came: Came) {
        match came {
            Came::Answer { call, number, cca } => {
                let answer = cca::answer(&self.net.config, &cca);
                self.with_call(now, call, |call, _, _| call.charged(now, number, &answer));
                self.with_event(now, call, |event, net, _| {
                    event.answered(now, net, &answer, &cca);
                });
            }
            Came::SentAgain { call } => {
                self.with_call(now, call, |call, _, _| call.charged_again())
            }
            Came::Request(link, request) => self.ch2_request(now, link, &request),
        }
    }

    fn ch2_request(&mut self, now: Time, link: usize, request: &diameter::Message) {
        const SUCCESS: u32 = 2001;
        const LIMITED_SUCCESS: u32 = 2002;
        const COMMAND_UNSUPPORTED: u32 = 3001;
        const UNKNOWN_SESSION: u32 = 5002;
        const UNABLE_TO_COMPLY: u32 = 5012;
        let no = request
            .session_id()
            .and_then(|id| self.by_session_id.get(id))
            .copied();
        let call = no.and_then(|no| self.calls.get_mut(&no));
        let has = |fault| self.net.config.has(fault);
        let result = match (request.command_code(), call) {
            (dictionary::RAR, Some(call)) => match call.reauthorize() {
                ReAuth::InterimFollows if has(Fault::RaaSaysOngoing) => SUCCESS,
                ReAuth::InterimFollows => LIMITED_SUCCESS,
                ReAuth::Outstanding => SUCCESS,
                ReAuth::Unexpected => UNABLE_TO_COMPLY,
            },
            (dictionary::ASR, Some(_)) => SUCCESS,
            (dictionary::RAR, None) if has(Fault::TakesAnyRar) => LIMITED_SUCCESS,
            (dictionary::ASR, None) if has(Fault::TakesAnyAsr) => SUCCESS,
            (dictionary::RAR | dictionary::ASR, None) => UNKNOWN_SESSION,
            _ => COMMAND_UNSUPPORTED,
        };
        let answered = match request.command_code() {
            dictionary::RAR => !has(Fault::NoRaa),
            dictionary::ASR => !has(Fault::NoAsa),
            _ => true,
        };
        let Some(answer) = self.enabler.result(link, request, result) else {
            return;
        };
        let state = AvpOut::new(key::ORIGIN_STATE_ID, ccr::origin_state_id(&self.net.config));
        if answered {
            let answer = answer.avp(state);
            self.enabler.answer(now, &mut self.net, link, &answer);
        }
        let Some(no) = no else { return };
        match request.command_code() {
            dictionary::ASR if self.net.config.has(Fault::IgnoresAsr) => {}
            dictionary::RAR => self.with_call(now, no, |call, _, _| call.reauthorized(now)),
            dictionary::ASR => self.with_call(now, no, |call, net, _| call.told_to_end(now, net)),
            _ => {}
        }
    }

    pub(super) fn received(&mut self, now: Time, conn: ConnId, bytes: &Bytes) {
        if self.enabler.owns(conn) {
            for came in self.enabler.received(now, &mut self.net, conn, bytes) {
                self.ch2(now, came);
            }
            return;
        }
        match self.conns.get_mut(&conn) {
            Some(Conn::Sip(framer)) => {
                framer.push(bytes);
                self.sip_stream(now, conn);
            }
            Some(Conn::Msrp(framer, _)) => {
                framer.push(bytes);
                self.msrp_stream(now, conn);
            }
            Some(Conn::Control(control)) => {
                if let Some(request) = control.push(bytes) {
                    self.control(now, conn, request);
                }
            }
            None => {}
        }
    }

    fn sip_stream(&mut self, now: Time, conn: ConnId) {
        while let Some(Conn::Sip(framer)) = self.conns.get_mut(&conn) {
            match framer.poll() {
                Ok(Some(Framed::Message(message))) => {
                    self.net
                        .sip
                        .handle_message(now, message, Flow::Tcp { conn });
                    self.sip(now);
                }
                Ok(Some(Framed::Ping)) => self.net.send(conn, Bytes::from_static(b"\r\n")),
                Ok(None) => return,
                Err(_) => {
                    self.net.close(conn, false);
                    self.closed(now, conn);
                }
            }
        }
    }

    fn msrp_stream(&mut self, now: Time, conn: ConnId) {
        while let Some(Conn::Msrp(framer, _)) = self.conns.get_mut(&conn) {
            match framer.poll() {
                Ok(Some(message)) => self.msrp(now, conn, message),
                Ok(None) => return,
                Err(_) => {
                    self.net.close(conn, false);
                    self.closed(now, conn);
                }
            }
        }
    }

    fn msrp(&mut self, now: Time, conn: ConnId, message: msrp::Message) {
        if message.status().is_some() {
            let Some(Conn::Msrp(_, bound)) = self.conns.get(&conn) else {
                return;
            };
            for (no, side) in bound.clone() {
                let mut heard = false;
                self.with_call(now, no, |call, net, _| {
                    heard = call.msrp_response(now, net, side_of(side), &message);
                });
                if heard {
                    return;
                }
            }
            return;
        }
        let to = message.to_path();
        let session = to
            .first()
            .and_then(|uri| self.net.sessions.get(uri.session_id()?))
            .copied();
        match session {
            Some((no, side)) => {
                if let Some(Conn::Msrp(_, bound)) = self.conns.get_mut(&conn) {
                    // A connection may outlive its sessions (RFC 4975 5.4).
                    if bound.len() > MANY_SESSIONS {
                        bound.retain(|(no, _)| self.calls.contains_key(no));
                    }
                    bound.insert((no, side as u8));
                }
                self.with_call(now, no, |call, net, _| {
                    call.msrp_request(now, net, side, conn, message);
                });
            }
            None => {
                let Some(local) = to.first() else { return };
                if self.net.config.has(Fault::MisdirectedCharged) {
                    self.charge_misdirected(now, conn, message.body_len() as u64);
                }
                let code = msrp::status::NO_SESSION;
                if let Some(gone) = msrp::respond(&message, code, local) {
                    let gone = gone.emit(&mut self.net.msrp_ids);
                    self.net.send(conn, gone);
                }
            }
        }
    }

    /// Debits a message that goes nowhere to the sessions of its connection: what a fault does.
    fn charge_misdirected(&mut self, now: Time, conn: ConnId, octets: u64) {
        let Some(Conn::Msrp(_, bound)) = self.conns.get(&conn) else {
            return;
        };
        for (no, _) in bound.clone() {
            self.with_call(now, no, |call, _, _| {
                call.overcharge(now, Amount::message(octets));
            });
        }
    }

    fn control(&mut self, now: Time, conn: ConnId, request: Control) {
        let response = match request {
            Control::Ready => {
                let ready = self.is_ready();
                control::response(
                    if ready { 200 } else { 503 },
                    None,
                    &json!({ "ready": ready }),
                )
            }
            Control::Sessions => {
                let sessions: Vec<&str> = self.sessions().collect();
                control::response(200, None, &json!({ "sessions": sessions }))
            }
            Control::End(call_id) => match self.by_call_id.get(&call_id).copied() {
                Some((no, _)) => {
                    self.with_call(now, no, |call, net, _| call.told_to_end(now, net));
                    control::response(202, None, &json!({ "ending": call_id }))
                }
                None => control::refusal(control::Refusal::NotFound),
            },
            Control::Refuse(refusal) => control::refusal(refusal),
        };
        self.net.send(conn, response);
        self.net.close(conn, false);
        self.conns.remove(&conn);
    }

    pub(super) fn accepted(&mut self, socket: SocketId, conn: ConnId) {
        self.net.stands(conn);
        let kind = match socket {
            _ if self.conns.len() >= MAX_CONNECTIONS => None,
            SIP_TCP => Some(Conn::Sip(StreamFramer::new())),
            MSRP => Some(Conn::Msrp(msrp::Framer::default(), BTreeSet::new())),
            CONTROL => Some(Conn::Control(ControlConn::default())),
            _ => None,
        };
        match kind {
            Some(kind) => {
                self.conns.insert(conn, kind);
            }
            None => self.net.close(conn, true),
        }
    }

    /// A connection is gone.
    pub(super) fn closed(&mut self, now: Time, conn: ConnId) {
        self.net.gone(conn);
        if self.enabler.owns(conn) {
            for came in self.enabler.closed(now, &mut self.net, conn) {
                self.ch2(now, came);
            }
            return;
        }
        match self.conns.remove(&conn) {
            Some(Conn::Sip(_)) => self.net.sip.handle_closed(Flow::Tcp { conn }),
            Some(Conn::Msrp(_, bound)) => {
                for (no, side) in bound {
                    self.with_call(now, no, |call, net, _| {
                        call.msrp_closed(now, net, side_of(side), conn);
                    });
                }
            }
            Some(Conn::Control(_)) | None => {}
        }
    }
}

fn side_of(side: u8) -> Side {
    if side == Side::Client as u8 {
        Side::Client
    } else {
        Side::Far
    }
}
