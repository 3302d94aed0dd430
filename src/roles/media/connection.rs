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

    /// Closes the connection that the session runs on.
    pub fn close_connection(&mut self, step: StepId, net: &mut Net, record: &mut Record) {
        let Some(conn) = self.bound.take() else {
            return record.impossible(net.now, step, "there is no MSRP connection", false);
        };
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
        record.done(net.now, step);
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
