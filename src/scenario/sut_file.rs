//! From `sut.yaml` to the server under test.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use crate::ch2::{Binding, ReadingGroup, ReadingId};

use super::diagnostic::{Diagnostic, Problems};
use super::ics::Ics;
use super::ixit::Ixit;
use super::model::{Source, Trigger};
use super::node::{self, Node, Value};
use super::reader::{Fields, short};
use super::subscribers::subscribers;
use super::sut::{EnablerAddress, FarEndAddress, SipAddress, Sut, Transport, TriggerBinding};
use super::sut_keys::{
    ENABLER, FAR_END, READINGS, SIP, SUT, TRANSPORTS, TRIGGER, TRIGGER_WORDS, TRIGGERS, VALUES,
};

/// What came of reading a `sut.yaml`.
#[derive(Debug)]
pub struct LoadedSut {
    /// The server; `None` where there were errors.
    pub sut: Option<Sut>,
    /// Everything that is wrong or doubtful, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a `sut.yaml`, and the binding file it names, which is looked for beside it.
pub fn load_sut(path: &Path) -> LoadedSut {
    match Source::read(path) {
        Ok(source) => load(&source),
        Err(problem) => LoadedSut {
            sut: None,
            diagnostics: vec![*problem],
        },
    }
}

/// Reads the text of a `sut.yaml` as if it were a file of that name.
pub fn load_sut_text(path: &str, bytes: &[u8]) -> LoadedSut {
    match Source::from_bytes(path.to_owned(), bytes) {
        Ok(source) => load(&source),
        Err(problem) => LoadedSut {
            sut: None,
            diagnostics: vec![*problem],
        },
    }
}

fn load(source: &Arc<Source>) -> LoadedSut {
    let mut problems = Problems::default();
    let sut = node::parse(source, &mut problems).and_then(|root| problems.sut(&root, source));
    let sut = sut.filter(|_| problems.errors() == 0);
    LoadedSut {
        sut,
        diagnostics: problems.into_sorted(),
    }
}

/// What claims are held against.
struct Stated<'a> {
    far_end: Option<&'a Option<FarEndAddress>>,
    second_enabler: bool,
    triggers: &'a BTreeMap<Trigger, TriggerBinding>,
    values: &'a Ixit,
    binding: Option<&'a Binding>,
}

impl Stated<'_> {
    /// What speaks against a claim.
    fn against(&self, claim: Ics) -> Option<String> {
        if let Some(value) = claim.value()
            && !self.values.states(value)
        {
            return Some(format!("`values` does not say `{value}`"));
        }
        if claim.is_of_binding()
            && let Some(binding) = self.binding
            && !Ics::of_binding(binding).contains(&claim)
        {
            return Some(format!("`binding` debits {}", binding.unit.name()));
        }
        let ends = Trigger::ServerEndsSession;
        let text = match claim {
            Ics::FarEnd if self.far_end == Some(&None) => "`far end` is `none`",
            Ics::Standalone if self.far_end.is_some_and(Option::is_some) => "there is a `far end`",
            Ics::SecondEnabler | Ics::SessionFailover if !self.second_enabler => {
                "there is no `second enabler`"
            }
            Ics::ServerEndsSession if !self.triggers.contains_key(&ends) => {
                "`triggers` does not say how"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl Problems {
    fn sut(&mut self, root: &Node, source: &Source) -> Option<Sut> {
        self.version(root)?;
        let fields = self.fields(root, "the description of a server", SUT)?;
        let name = fields.get("name").and_then(|n| self.text(n, "`name`"));
        let sip = fields.get("sip").and_then(|n| self.sip(n));
        let subscribers = fields.get("subscribers").map(|n| subscribers(n, self));
        let enabler = fields
            .get("enabler")
            .and_then(|n| self.enabler(n, "`enabler`"));
        let second_enabler = match fields.get("second enabler") {
            Some(node) => {
                let second = self.enabler(node, "`second enabler`");
                if let (Some(second), Some(enabler)) = (&second, &enabler)
                    && (second.listen == enabler.listen || second.host == enabler.host)
                {
                    let text = "the two Charging Enablers have an address and a name each";
                    self.error("contradiction", &node.place, text);
                }
                Some(second)
            }
            None => None,
        };
        let far_end = fields.get("far end").and_then(|n| self.far_end(n));
        let triggers = fields
            .get("triggers")
            .map(|n| self.triggers(n))
            .unwrap_or_default();
        let readings = fields
            .get("readings")
            .map(|n| self.claimed(n))
            .unwrap_or_default();
        let values = fields
            .get("values")
            .map(|n| self.values(n))
            .unwrap_or_default();
        let binding = match fields.get("binding") {
            Some(node) => self.binding(node, source),
            None => Some(Binding::default()),
        };
        let claims = match fields.get("claims") {
            Some(node) => {
                let claims = self.ics_items(node);
                let stated = Stated {
                    far_end: far_end.as_ref(),
                    second_enabler: second_enabler.is_some(),
                    triggers: &triggers,
                    values: &values,
                    binding: binding.as_ref(),
                };
                self.contradictions(&claims, node, &stated);
                claims
            }
            None => vec![Ics::SessionMode],
        };
        if let (Some(None), Some(node)) = (&far_end, fields.get("triggers"))
            && triggers.values().any(|t| *t == TriggerBinding::FarEndBye)
        {
            let text = "no far end can end the session: `far end` is `none`";
            self.error("contradiction", &node.place, text);
        }
        Some(Sut {
            name: name?.to_owned(),
            sip: sip?,
            subscribers: subscribers?,
            enabler: enabler?,
            second_enabler: second_enabler.flatten(),
            far_end: far_end?,
            triggers,
            claims,
            readings,
            values,
            binding: binding?,
        })
    }

    fn sip(&mut self, node: &Node) -> Option<SipAddress> {
        let fields = self.fields(node, "`sip`", SIP)?;
        let transport = self.transport(&fields);
        let address = fields.get("address").and_then(|n| self.host_port(n));
        let client_address = fields.get("client address").and_then(|node| {
            let text = self.text(node, "`client address`")?;
            let parsed = text.parse::<IpAddr>().ok();
            if parsed.is_none() {
                let text = format!("`{}` is no IP address", short(text));
                self.error("not-an-address", &node.place, text);
            }
            parsed
        });
        Some(SipAddress {
            address: address?,
            transport: transport?,
            client_address: client_address?,
        })
    }

    fn enabler(&mut self, node: &Node, what: &str) -> Option<EnablerAddress> {
        let fields = self.fields(node, what, ENABLER)?;
        let listen = fields.get("listen").and_then(|n| self.listen(n));
        let host = fields.get("host").and_then(|n| self.identity(n, "`host`"));
        let realm = fields
            .get("realm")
            .and_then(|n| self.identity(n, "`realm`"));
        Some(EnablerAddress {
            listen: listen?,
            host: host?,
            realm: realm?,
        })
    }

    /// `Some(None)` for `none`.
    fn far_end(&mut self, node: &Node) -> Option<Option<FarEndAddress>> {
        if node.scalar() == Some("none") {
            return Some(None);
        }
        if node.scalar().is_some() {
            self.mismatch(node, "`far end`", "`none`, or a map with `listen`");
            return None;
        }
        let fields = self.fields(node, "`far end`", FAR_END)?;
        let transport = self.transport(&fields);
        let listen = fields.get("listen").and_then(|n| self.listen(n));
        Some(Some(FarEndAddress {
            listen: listen?,
            transport: transport?,
        }))
    }

    fn transport(&mut self, fields: &Fields<'_>) -> Option<Transport> {
        match fields.get("transport") {
            None => Some(Transport::Udp),
            Some(node) => match self.word(node, "transport", TRANSPORTS)? {
                "tcp" => Some(Transport::Tcp),
                _ => Some(Transport::Udp),
            },
        }
    }

    fn listen(&mut self, node: &Node) -> Option<SocketAddr> {
        let text = self.text(node, "`listen`")?;
        let parsed = text.parse::<SocketAddr>().ok();
        if parsed.is_none() {
            let text = format!("`{}` is no address to listen on", short(text));
            let help = "write an IP address and a port, such as `127.0.0.1:3868` or `[::1]:3868`";
            let problem = Diagnostic::error("not-an-address", node.place.clone(), text);
            self.push(problem.help(help));
        }
        parsed
    }

    fn host_port(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "`address`")?;
        let sound = text.rsplit_once(':').is_some_and(|(host, port)| {
            let bracketed = host.starts_with('[') && host.ends_with(']');
            let plain = !host.is_empty() && !host.contains([':', ' ', '/', '@']);
            (bracketed || plain) && port.parse::<u16>().is_ok_and(|p| p > 0)
        });
        if !sound {
            let text = format!("`{}` is no host and port", short(text));
            let help = "write `host:port`, such as `im.example.com:5060` or `[::1]:5060`";
            let problem = Diagnostic::error("not-an-address", node.place.clone(), text);
            self.push(problem.help(help));
            return None;
        }
        Some(text.to_owned())
    }

    fn identity(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.text(node, what)?;
        let sound = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !sound {
            let text = format!("{what} must be a name such as `ocs.example.com`");
            self.error("not-an-address", &node.place, text);
            return None;
        }
        Some(text.to_owned())
    }

    fn triggers(&mut self, node: &Node) -> BTreeMap<Trigger, TriggerBinding> {
        let mut triggers = BTreeMap::new();
        let Some(fields) = self.fields(node, "`triggers`", TRIGGERS) else {
            return triggers;
        };
        for trigger in Trigger::ALL {
            if let Some(binding) = fields.get(trigger.name()).and_then(|n| self.trigger(n)) {
                triggers.insert(trigger, binding);
            }
        }
        triggers
    }

    fn trigger(&mut self, node: &Node) -> Option<TriggerBinding> {
        if !matches!(node.value, Value::Map(_)) {
            return match self.word(node, "trigger", TRIGGER_WORDS)? {
                "inactivity" => Some(TriggerBinding::Inactivity),
                _ => Some(TriggerBinding::FarEndBye),
            };
        }
        let fields = self.fields(node, "a trigger", TRIGGER)?;
        let there: Vec<&str> = TRIGGER
            .iter()
            .map(|k| k.name)
            .filter(|n| fields.get(n).is_some())
            .collect();
        let [name] = there[..] else {
            let text = "a trigger is one of `http`, `command`, `prompt`, `credit refused`, \
                        `far end bye` and `inactivity`";
            self.error("bad-trigger", &node.place, text);
            return None;
        };
        let value = fields.get(name)?;
        match name {
            "http" => {
                let text = self.text(value, "`http`")?;
                self.places(value, text);
                let (method, url) = text.split_once(' ').unwrap_or(("", text));
                let url = url.trim();
                let known = ["GET", "POST", "PUT", "DELETE", "PATCH"].contains(&method);
                if !known || !url.starts_with("http://") || url.contains(char::is_whitespace) {
                    let text = "`http` must be a method and an `http://` address";
                    let help = "for example `POST http://127.0.0.1:8080/end`; for anything else \
                                use `command`";
                    let problem = Diagnostic::error("bad-trigger", value.place.clone(), text);
                    self.push(problem.help(help));
                    return None;
                }
                Some(TriggerBinding::Http {
                    method: method.to_owned(),
                    url: url.to_owned(),
                })
            }
            "command" => {
                let items = self.list(value, "`command`")?;
                let mut words = Vec::new();
                for item in items {
                    let text = self.text(item, "an argument")?;
                    self.places(item, text);
                    words.push(text.to_owned());
                }
                if words.is_empty() {
                    self.error("bad-trigger", &value.place, "the command is empty");
                    return None;
                }
                Some(TriggerBinding::Command(words))
            }
            "prompt" => {
                let text = self.text(value, "`prompt`")?;
                self.places(value, text);
                Some(TriggerBinding::Prompt(text.to_owned()))
            }
            _ => Some(TriggerBinding::CreditRefused(self.result_code(value)?)),
        }
    }

    /// Refuses `{words}` that nothing is filled in for.
    fn places(&mut self, node: &Node, text: &str) {
        const KNOWN: &[&str] = &["call-id", "icid", "client", "far-end"];
        for part in text.split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            if !KNOWN.contains(&name) {
                self.unknown("unknown-place", "place", node, name, KNOWN, "a trigger");
            }
        }
    }

    /// Claims that other keys of the file do not bear out.
    fn contradictions(&mut self, claims: &[Ics], node: &Node, stated: &Stated<'_>) {
        for claim in claims {
            if let Some(against) = stated.against(*claim) {
                let text = format!("`{claim}` is claimed, but {against}");
                self.error("contradiction", &node.place, text);
            }
        }
    }

    fn claimed(&mut self, node: &Node) -> BTreeMap<ReadingGroup, ReadingId> {
        let mut claimed = BTreeMap::new();
        let Some(fields) = self.fields(node, "`readings`", READINGS) else {
            return claimed;
        };
        for group in ReadingGroup::ALL {
            let Some(node) = fields.get(group.name()) else {
                continue;
            };
            let found = self.readings(node);
            if let [id] = found[..] {
                if id.group() == group {
                    claimed.insert(group, id);
                } else {
                    let text = format!("{id} answers another question: `{}`", id.group().name());
                    self.error("wrong-group", &node.place, text);
                }
            } else if !found.is_empty() {
                let text = "a server is built to one reading of each question";
                self.error("wrong-kind", &node.place, text);
            }
        }
        claimed
    }

    fn values(&mut self, node: &Node) -> Ixit {
        let mut ixit = Ixit::default();
        let Some(fields) = self.fields(node, "`values`", VALUES) else {
            return ixit;
        };
        for key in VALUES {
            if let Some(node) = fields.get(key.name) {
                ixit.read(key.name, node, self);
            }
        }
        ixit
    }
}
