//! RAR and ASR of the harness for one session, and what the server makes of them.

use std::time::Duration;

use crate::ch2::Kind;
use crate::diameter::dictionary::ASR;
use crate::io::Time;

use super::Observation;
use super::catalog::Name;
use super::monitor::Found;

/// Requests of the harness that are kept for one session.
const KEPT: usize = 16;

/// How long the update after a RAR may take. The RFC sets no time.
const PATIENCE: Duration = Duration::from_secs(10);

const SUCCESS: u32 = 2001;

/// Whether a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Its start succeeded and it was not stopped.
    Open,
    /// Its stop was answered, or it was refused.
    Over,
    /// Neither is sure.
    Unclear,
}

/// RAR and ASR for one session.
#[derive(Debug, Default)]
pub(super) struct Reauth {
    asked: Vec<Pending>,
    /// A re-authorisation was promised, by this message and at this time; no request came yet.
    due: Option<(usize, Time)>,
    /// The ASA that said that the session was terminated.
    aborted: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    event: usize,
    /// An update was under way when the request was sent, or was sent since.
    update: bool,
    life: Life,
}

impl Reauth {
    /// The harness sends a RAR or ASR.
    pub(super) fn asked(&mut self, event: usize, update: bool, life: Life) {
        if self.asked.len() >= KEPT {
            self.asked.remove(0);
        }
        self.asked.push(Pending {
            event,
            update,
            life,
        });
    }

    /// The server answers one of them.
    pub(super) fn complied(&mut self, seen: &Observation<'_>, asked: usize, found: &mut Found) {
        let Some(at) = self.asked.iter().position(|pending| pending.event == asked) else {
            return;
        };
        let pending = self.asked.remove(at);
        let code = seen.message.result_code().unwrap_or(0);
        match pending.life {
            Life::Over => self.unknown(seen, asked, found),
            Life::Open if seen.message.command_code() == ASR => {
                found.watch(Name::AbortStops);
                if code == SUCCESS {
                    self.aborted = Some(seen.event);
                }
            }
            Life::Open => {
                found.watch(Name::ReauthCode);
                found.watch(Name::ReauthUpdate);
                if code == SUCCESS && !pending.update {
                    found.breach(
                        Name::ReauthCode,
                        seen.event,
                        Some(asked),
                        "Result-Code 2002, for an update that is yet to come",
                        "2001, though no update was under way",
                    );
                }
                if code / 1000 == 2 && !pending.update {
                    self.due = Some((seen.event, seen.at));
                }
            }
            Life::Unclear => {}
        }
    }

    /// The server answers one for a session that does not stand.
    pub(super) fn unknown(&self, seen: &Observation<'_>, asked: usize, found: &mut Found) {
        found.watch(Name::UnknownSession);
        let code = seen.message.result_code().unwrap_or(0);
        if code / 1000 == 2 {
            found.breach(
                Name::UnknownSession,
                seen.event,
                Some(asked),
                "Result-Code 5002 for a session that does not stand",
                code.to_string(),
            );
        }
    }

    /// The server sends a request of the session.
    pub(super) fn requested(&mut self, seen: &Observation<'_>, kind: Kind, found: &mut Found) {
        let mut breach = |name, against, expected| {
            let observed = format!("SessionRequest ({kind})");
            found.breach(name, seen.event, Some(against), expected, observed);
        };
        match kind {
            Kind::Interim => {
                self.asked
                    .iter_mut()
                    .for_each(|pending| pending.update = true);
                self.due = None;
                if let Some(aborted) = self.aborted {
                    let expected = "nothing but the stop after the session was aborted";
                    breach(Name::AbortStops, aborted, expected);
                }
            }
            Kind::Stop => {
                self.asked
                    .iter_mut()
                    .for_each(|pending| pending.life = Life::Unclear);
                if let Some((promised, _)) = self.due.take() {
                    let expected = "the update that the RAA promised";
                    breach(Name::ReauthUpdate, promised, expected);
                }
            }
            Kind::Start | Kind::Event => {}
        }
    }

    /// The trace is over.
    pub(super) fn ended(&self, at: Time, lost: Option<Time>, found: &mut Found) {
        if let Some((promised, since)) = self.due
            && at.since(since) >= PATIENCE
            && lost.is_none_or(|lost| lost < since)
        {
            let expected = "the update that the RAA promised";
            let observed = format!("none within {} s", PATIENCE.as_secs());
            found.breach(Name::ReauthUpdate, promised, None, expected, observed);
        }
    }
}
