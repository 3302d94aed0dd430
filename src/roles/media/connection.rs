//! What a scenario does to one end's MSRP connection.

use crate::engine::StepId;

use super::{Leg, address};
use crate::roles::net::Net;
use crate::roles::record::{End, Record};

impl Leg {
    /// Answers nothing any more, or the contrary.
    pub fn fall_silent(&mut self, silent: bool) {
        self.silent = silent;
    }

    /// Closes the connection that the session runs on, as soon as there is one.
    pub fn close_connection(&mut self, step: StepId, net: &mut Net, record: &mut Record) {
        if let Some(reason) = self.ended.clone() {
            return record.impossible(net.now, step, &reason, false);
        }
        self.closing = Some(step);
        self.close_if_asked(net, record);
    }

    /// Closes the connection where a step waits for it to be closed; true where it did.
    pub(super) fn close_if_asked(&mut self, net: &mut Net, record: &mut Record) -> bool {
        let Some(conn) = self.bound.filter(|_| self.closing.is_some()) else {
            return false;
        };
        let step = self.closing.take();
        self.bound = None;
        self.conns.remove(&conn);
        self.held.retain(|held| held.conn != conn);
        self.ended = Some("the scenario has closed the MSRP connection".to_owned());
        let path = Net::conn_path(conn);
        record.path(
            net.now,
            self.seat,
            path,
            "closed as the scenario says",
            End::GoneByUs,
        );
        net.close(conn, false);
        if let Some(step) = step {
            record.done(net.now, step);
        }
        true
    }

    /// Opens a connection to where the server's session is. The step is done once it stands.
    pub fn connect_again(&mut self, step: StepId, net: &mut Net, record: &mut Record) {
        if self.bound.is_some() || self.opening.is_some() {
            let reason = "the MSRP connection stands already";
            return record.impossible(net.now, step, reason, false);
        }
        let to = self
            .server
            .as_ref()
            .and_then(|server| address(server, &self.peer));
        match to {
            Some(to) => {
                self.opening = Some(net.connect(self.owner, to));
                self.connecting = Some(step);
            }
            None => {
                let reason = "the server has named no address for MSRP";
                record.impossible(net.now, step, reason, false);
            }
        }
    }
}
