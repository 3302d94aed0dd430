//! The reference server, with a word about where it is to be found.

use crate::io::{Input, Machine, Output, Time};
use crate::reference::Server;

use super::Console;

/// A reference server that says where it is to be found once its sockets are bound.
pub(super) struct Announced {
    server: Server,
    console: Console,
    said: bool,
}

impl Announced {
    /// Speaks on standard output, where a script can read the addresses.
    pub(super) fn new(server: Server, console: Console) -> Announced {
        Announced {
            server,
            console,
            said: false,
        }
    }

    /// Why the server gave up.
    pub(super) fn failure(&self) -> Option<&str> {
        self.server.failure()
    }

    fn announce(&mut self) {
        let Some(addresses) = self.server.addresses().filter(|_| !self.said) else {
            return;
        };
        self.said = true;
        let mut lines = vec![format!("sip udp  {}", addresses.sip_udp)];
        lines.extend(
            addresses
                .sip_tcp
                .map(|address| format!("sip tcp  {address}")),
        );
        lines.push(format!("msrp     {}", addresses.msrp));
        lines.push(format!("control  http://{}/", addresses.control_http));
        lines.push("ready    Ctrl-C ends it\n".to_owned());
        // Where nobody reads it, the server serves all the same.
        let _ = self.console.print(&lines.join("\n"));
    }
}

impl Machine for Announced {
    fn handle(&mut self, now: Time, input: Input) {
        self.server.handle(now, input);
        self.announce();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.server.poll_output()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.server.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.server.handle_timeout(now);
        self.announce();
    }

    fn is_finished(&self) -> bool {
        self.server.is_finished()
    }
}
