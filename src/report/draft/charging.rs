//! CH-2 of a session as steps.

use std::time::Duration;

use crate::ch2::{Binding, Kind, ReadingId, Response, SessionRequest};
use crate::diameter::dictionary::{AvpType, result_name};
use crate::diameter::{self, Avp};
use crate::io::Time;

use super::{Draft, Who, Writer, yaml};

/// What has been charged so far.
#[derive(Debug, Default)]
pub(super) struct Charging {
    /// The requests: label, kind, CC-Request-Number and when each came.
    requests: Vec<Request>,
    /// The label of the Response that granted the start.
    credit: Option<String>,
}

#[derive(Debug)]
struct Request {
    label: String,
    kind: Kind,
    number: Option<u32>,
    at: Time,
    answered: bool,
}

/// A Response that was this long in coming was held back.
const HELD: Duration = Duration::from_millis(200);
/// AVPs that nothing can be said of: they change from run to run, or name the machines.
const PASSING: [&str; 12] = [
    "Session-Id",
    "Origin-Host",
    "Origin-Realm",
    "Destination-Host",
    "Destination-Realm",
    "Auth-Application-Id",
    "CC-Request-Type",
    "CC-Request-Number",
    "Event-Timestamp",
    "Origin-State-Id",
    "Route-Record",
    "Proxy-Info",
];

const SUBSCRIBER: &str = "Subscription-Id / Subscription-Id-Data";
const ICID: &str = "Service-Information / IMS-Information / IMS-Charging-Identifier";

impl Charging {
    /// The step after which the session may be served.
    pub(super) fn credit(&self) -> Option<&str> {
        self.credit.as_deref()
    }

    /// What asks for silence once everything is over.
    pub(super) fn silence(&self, told: bool) -> Option<&'static str> {
        let mut requests = self.requests.iter();
        let stopped = requests.any(|request| request.kind == Kind::Stop);
        stopped.then_some(if told { "END-S-5-ONCE" } else { "END-C-2-ONCE" })
    }

    /// How many requests have come.
    pub(super) fn count(&self) -> usize {
        self.requests.len()
    }

    fn label(&self, kind: Kind) -> String {
        match kind {
            Kind::Start => "start".to_owned(),
            Kind::Stop => "stop".to_owned(),
            _ => {
                let before = self.requests.iter().filter(|request| request.kind == kind);
                format!("debit {}", before.count() + 1)
            }
        }
    }
}

impl Writer<'_> {
    /// A request of the server's on CH-2.
    pub(super) fn charged(&mut self, at: Time, message: &diameter::Message) {
        let Some(request) = SessionRequest::new(message, self.context.binding) else {
            return self.remark(&format!(
                "the Charging Enabler received {}",
                message.abbreviation()
            ));
        };
        let Some(kind) = request.kind() else {
            return self.remark(&format!(
                "the Charging Enabler received {}",
                request.describe()
            ));
        };
        let label = self.charging.label(kind);
        let again = self
            .charging
            .requests
            .iter()
            .any(|before| before.label == label);
        if again || kind == Kind::Event {
            return self.remark(&format!(
                "the Charging Enabler received {}",
                request.describe()
            ));
        }
        if kind == Kind::Stop && self.chat.bye.is_none() {
            self.server_ends();
        }
        let step = Draft::new("enabler receives", format!("SessionRequest ({kind})"));
        let step = step
            .maybe("under", self.under(kind))
            .with("as", label.as_str());
        let mut step = step.maybe("after", self.cause(kind));
        if kind != Kind::Start {
            step = step.with("used units", "$unreported");
        }
        if kind != Kind::Stop && request.requested().is_some() {
            step = step.with("requested units", "present");
        }
        step.avps = self.avps(&request, kind);
        step = step.with(
            "requirement",
            match kind {
                Kind::Start => "CC-5.2-FIRST",
                Kind::Stop if self.chat.told => "END-S-5",
                Kind::Stop => "END-C-2",
                _ => "MSG-6",
            },
        );
        let mut step = self.commented(step);
        if kind == Kind::Start {
            step.comments.extend(also_seen(message, &self.who));
        }
        self.charging.requests.push(Request {
            label,
            kind,
            number: request.request_number(),
            at,
            answered: false,
        });
        self.push(step);
    }

    /// Interims are what the readings of the change request differ about.
    fn under(&self, kind: Kind) -> Option<String> {
        (kind == Kind::Interim).then(|| self.context.interim.to_string())
    }

    /// What the request follows.
    fn cause(&self, kind: Kind) -> Option<String> {
        let mut sends = self
            .chat
            .sends
            .iter()
            .rev()
            .filter(|send| !send.refused_type);
        match kind {
            Kind::Start => Some("invite".to_owned()),
            Kind::Stop => {
                let told = self.chat.told.then(|| "told".to_owned());
                self.chat.bye.clone().or(told)
            }
            _ if self.context.interim == ReadingId::R4 => {
                sends.find_map(|send| send.delivered.clone())
            }
            _ => sends.next().map(|send| send.label.clone()),
        }
    }

    fn avps(&self, request: &SessionRequest<'_>, kind: Kind) -> Vec<(String, String)> {
        let all = &self.charging.requests;
        let started = all.iter().find(|before| before.kind == Kind::Start);
        // An interim belongs to a reading, and a stop does not: it may refer to the start only.
        let comparable = |before: &&Request| before.kind == Kind::Start || before.kind == kind;
        let before = all.iter().rev().find(comparable);
        let before = before.filter(|before| before.number.is_some());
        pins(
            request,
            &Around {
                binding: self.context.binding,
                who: &self.who,
                start: started.map(|start| start.label.as_str()),
                before: before.map(|before| before.label.as_str()),
            },
        )
    }

    /// An answer of the Charging Enabler's.
    pub(super) fn credited(&mut self, at: Time, message: &diameter::Message) {
        let Some(response) = Response::new(message, self.context.binding) else {
            return;
        };
        let fits = |request: &&mut Request| {
            !request.answered
                && Some(request.kind) == response.kind()
                && request.number == response.request_number()
        };
        let Some(request) = self.charging.requests.iter_mut().find(fits) else {
            return;
        };
        request.answered = true;
        let (label, kind, since) = (request.label.clone(), request.kind, request.at);
        if at.since(since) >= HELD {
            // Held back, so that what does not wait for it shows.
            self.push(Draft::new("wait", "300 ms"));
        }
        let code = response.result_code().unwrap_or_default();
        let result = result_name(code).map_or_else(|| code.to_string(), str::to_owned);
        let grant = response.granted().map(|granted| match granted {
            granted if granted == self.context.grant => "$ixit.grant".to_owned(),
            granted => granted.to_string(),
        });
        let credit = (kind == Kind::Start && response.is_success()).then_some("credit");
        self.charging.credit = self.charging.credit.take().or(credit.map(str::to_owned));
        let requirement = match kind {
            Kind::Stop if self.chat.told => Some("END-S-6"),
            Kind::Stop => Some("END-C-3"),
            Kind::Interim => Some("MSG-7"),
            _ => None,
        };
        let step = Draft::new("enabler sends", "Response").maybe("under", self.under(kind));
        let step = step
            .maybe("as", credit)
            .with("for", label)
            .with("result", result);
        let step = step.maybe("grant", grant).maybe("requirement", requirement);
        let step = self.commented(step);
        self.push(step);
    }
}

/// What a request can be compared with.
pub(super) struct Around<'a> {
    pub(super) binding: &'a Binding,
    /// Whose session it is.
    pub(super) who: &'a Who,
    /// The label of the SessionRequest (start) before it.
    pub(super) start: Option<&'a str>,
    /// The label of an earlier request with another number.
    pub(super) before: Option<&'a str>,
}

/// What a request holds that it has to hold, by what the registry of requirements knows: paths of
/// AVPs and matchers.
pub(super) fn pins(request: &SessionRequest<'_>, around: &Around<'_>) -> Vec<(String, String)> {
    let mut avps = Vec::new();
    let mut ask = |path: &str, what: &str, requirement: &str| {
        let matcher = format!("{{ {what}, requirement: {requirement} }}");
        avps.push((path.to_owned(), matcher));
    };
    if let Some(start) = around.start {
        let what = format!("equals: ${start}.Session-Id");
        ask("Session-Id", &what, "CC-5.1-SESSION");
    }
    if let Some(before) = around.before {
        let what = format!("differs from: ${before}.CC-Request-Number");
        ask("CC-Request-Number", &what, "CC-8.2-NUMBER");
    }
    if request.kind() == Some(Kind::Start) {
        if let Some(context) = request.service_context_id() {
            match around.binding.service_context_id.as_deref() {
                Some(stated) if stated == context => {
                    let what = "equals: $ixit.service-context-id";
                    ask("Service-Context-Id", what, "PROFILE-CONTEXT");
                }
                _ => ask("Service-Context-Id", "pattern: \"@\"", "CC-8.42-SYNTAX"),
            }
        }
        let mut identities = request.subscription_ids();
        if identities.any(|identity| identity.data == around.who.client) {
            let what = "equals: $client.identity";
            ask(SUBSCRIBER, what, "PROFILE-SUBSCRIPTION");
        }
    }
    if request.icid().is_some() && request.icid() == around.who.icid.as_deref() {
        ask(ICID, "equals: $client.icid", "PROFILE-ICID");
    }
    avps
}

/// Everything else that a request holds, for the author to ask for or to pass over.
pub(super) fn also_seen(message: &diameter::Message, who: &Who) -> Vec<String> {
    let mut lines = Vec::new();
    for avp in message.avps() {
        if !avp.name().is_some_and(|name| PASSING.contains(&name)) {
            leaves(&avp, "", who, &mut lines);
        }
    }
    if !lines.is_empty() {
        lines.insert(
            0,
            "Seen as well; what has to be so can be asked for under `avps`:".to_owned(),
        );
    }
    lines
}

fn leaves(avp: &Avp<'_>, above: &str, who: &Who, lines: &mut Vec<String>) {
    const MOST: usize = 24;
    let Some(name) = avp.name() else { return };
    let path = match above {
        "" => name.to_owned(),
        _ => format!("{above} / {name}"),
    };
    if avp.is_grouped() {
        avp.children()
            .for_each(|child| leaves(&child, &path, who, lines));
        return;
    }
    let known = ["Service-Context-Id", SUBSCRIBER, ICID];
    let passing = avp.def().is_some_and(|def| def.kind == AvpType::Time);
    if passing || known.contains(&path.as_str()) || lines.len() >= MOST {
        return;
    }
    let value = match (avp.symbol(), avp.integer(), std::str::from_utf8(avp.data())) {
        (Some(symbol), ..) => symbol.to_owned(),
        (None, Ok(number), _) => number.to_string(),
        (None, Err(_), Ok(text)) if text == who.client => "$client.identity".to_owned(),
        (None, Err(_), Ok(text)) if text == who.far_end => "$far-end.identity".to_owned(),
        (None, Err(_), Ok(text)) if text == who.call_id => "$client.call-id".to_owned(),
        (None, Err(_), Ok(text)) => yaml::value(text),
        (None, Err(_), Err(_)) => "present".to_owned(),
    };
    lines.push(format!("  {path}: {value}"));
}
