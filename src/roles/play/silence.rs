//! Silence means something once the server has shown that it keeps up.
//!
//! Before a step's time runs out, or a quiet window ends, the server is asked for a watchdog answer.
//! Until that comes, what it was sent may still wait in a queue of a busy machine. Whatever the
//! scenario sends or receives in the meantime is something new to wait for, so it is asked again.

use crate::engine::What;
use crate::io::Time;
use crate::roles::campaign::Stage;
use crate::roles::enabler::Ticket;
use crate::roles::record::Seat;

use super::Play;

/// A silence that is about to mean something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    /// The watchdogs whose answers are waited for.
    ticket: Ticket,
    /// What the scenario had sent and received when they were asked for.
    moves: usize,
    /// When it is taken for what it is in any case.
    until: Time,
}

/// How many times the IXIT trigger time a server is waited for that has stopped answering watchdogs.
const PATIENCE: u32 = 5;
/// The part of Tx from which on an answer to a watchdog is slow. What the server waits for may be
/// under way for as long.
const SLOW: u32 = 4;

impl Play {
    /// Lets time run out on steps, but not on what the server may still be busy with.
    pub(super) fn pass_time(&mut self, stage: &mut Stage) {
        let now = stage.net.now;
        let due = match self.silence {
            None if self.record.poll_timeout().is_none_or(|at| at > now) => return,
            _ => self.record.silence_at().is_some_and(|at| at <= now),
        };
        let listens = due && !self.is_heard_out(stage);
        if !due {
            self.silence = None;
        }
        let until = self.silence.filter(|_| listens);
        self.record.listen_until(until.map(|silence| silence.until));
        self.record.handle_timeout(now);
    }

    /// Whether nothing that was sent before is still on its way to us.
    pub(super) fn is_heard_out(&mut self, stage: &mut Stage) -> bool {
        let now = stage.net.now;
        let moves = self.record.moves();
        let most = self.case.ixit.trigger_time * PATIENCE;
        let until = self.silence.map_or(now + most, |silence| silence.until);
        let over = match self.silence {
            Some(silence) if !stage.enabler.has_pulse(silence.ticket) => {
                if now >= until {
                    stage.enabler.give_up_pulse(&mut stage.net);
                }
                now >= until
            }
            Some(silence) if silence.moves == moves => true,
            _ => match stage.enabler.ask_for_pulse(&mut stage.net) {
                Some(ticket) => {
                    self.asked.get_or_insert((ticket, now));
                    self.silence = Some(Silence {
                        ticket,
                        moves,
                        until,
                    });
                    now >= until
                }
                None => true,
            },
        };
        if over {
            self.silence = None;
        }
        over
    }

    /// Enters how long a watchdog took, where that was long.
    pub(super) fn time_watchdogs(&mut self, stage: &Stage) {
        let Some((ticket, since)) = self.asked else {
            return;
        };
        if stage.enabler.has_pulse(ticket) {
            self.asked = None;
            let took = stage.net.now.since(since);
            if took >= self.case.ixit.tx_time / SLOW && stage.enabler.was_answered(ticket) {
                self.record
                    .enter(stage.net.now, Seat::ENABLER, What::Slow(took));
            }
        }
    }

    /// When a silence that is over at `at` is taken for what it is.
    pub(super) fn heard_by(&self, at: Time) -> Time {
        self.silence.map_or(at, |silence| silence.until)
    }
}
