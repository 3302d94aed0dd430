//! Hand-made traces: a flow told event by event, with messages built here and not by the roles or
//! the reference server, so that the judge is tried on what neither of them would do.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::sync::Arc;

use ch2spec::ch2::{Binding, ReadingId, Unit};
use ch2spec::diameter::{self, AvpKey, AvpOut};
use ch2spec::engine::{
    Case, Event, Known, Message, Plan, ScenarioResult, Standing, StepId, Trace, What, judge,
};
use ch2spec::io::Time;
use ch2spec::msrp;
use ch2spec::scenario::{Ics, Identity, Ixit, Party, Scenario, load_library, load_paths};
use ch2spec::sip;

/// Paths of the three parties' protocols.
const SIP: u64 = 1;
const MSRP: u64 = 2;
const CH2: u64 = 3;
const FAR_SIP: u64 = 4;
const FAR_MSRP: u64 = 5;

/// A flow in the making.
pub struct Story {
    pub case: Case,
    pub trace: Trace,
    pub plan: Plan,
    taken: Vec<StepId>,
    pub now: Time,
    cseq: u32,
    hop: u32,
    number: u32,
    ids: msrp::TransactionIds,
    last_send: Option<msrp::Message>,
    last_request: Option<diameter::Message>,
    /// What the receiving party makes of the next message; a message of the flow otherwise.
    pub standing: Option<Standing>,
    /// Validity-Time of each Response, in seconds.
    pub validity: Option<u32>,
    /// Result-Code of each Response.
    pub result: u32,
    /// The connection that SessionRequests come over.
    pub ch2: u64,
    /// Changes the next SessionRequest before it is encoded.
    pub twist: Option<fn(diameter::MessageBuilder) -> diameter::MessageBuilder>,
    /// Changes the next Response before it is encoded.
    pub answer_twist: Option<fn(diameter::MessageBuilder) -> diameter::MessageBuilder>,
}

/// The shipped scenario of that id.
pub fn scenario(id: &str) -> Arc<Scenario> {
    let loaded = load_library();
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let found = loaded.scenarios.into_iter().find(|s| s.id == id);
    found.unwrap_or_else(|| panic!("no scenario {id}"))
}

impl Story {
    /// A flow of a shipped scenario against a server that answers by itself, under R2 and S1.
    pub fn standalone(id: &str) -> Story {
        let claims = vec![
            Ics::SessionMode,
            Ics::Standalone,
            Ics::ServerEndsSession,
            Ics::RefusesContentType,
        ];
        Story::new(id, claims, &[ReadingId::R2, ReadingId::S1])
    }

    /// The same with a far end behind the server.
    pub fn with_far_end(id: &str) -> Story {
        let claims = vec![
            Ics::SessionMode,
            Ics::FarEnd,
            Ics::ServerEndsSession,
            Ics::RefusesContentType,
        ];
        Story::new(id, claims, &[ReadingId::R2, ReadingId::S1])
    }

    /// A flow of `fixtures/scenarios/flow`, against a server that answers by itself.
    pub fn of_file(name: &str) -> Story {
        let file = format!("fixtures/scenarios/flow/{name}.yaml");
        let loaded = load_paths(&[file.into()]);
        let shown: Vec<String> = loaded.diagnostics.iter().map(|d| d.render(false)).collect();
        assert!(!loaded.has_errors(), "{}", shown.join("\n"));
        let claims = vec![
            Ics::SessionMode,
            Ics::Standalone,
            Ics::ServerEndsSession,
            Ics::RefusesContentType,
        ];
        let scenario = Arc::clone(&loaded.scenarios[0]);
        Story::of(scenario, claims, &[ReadingId::R2, ReadingId::S1])
    }

    /// A flow of a shipped scenario under chosen readings.
    pub fn new(id: &str, claims: Vec<Ics>, readings: &[ReadingId]) -> Story {
        Story::of(scenario(id), claims, readings)
    }

    /// A flow of any scenario under chosen readings.
    pub fn of(scenario: Arc<Scenario>, claims: Vec<Ics>, readings: &[ReadingId]) -> Story {
        let plan = Plan::new(Arc::clone(&scenario), readings, &claims);
        Story {
            case: Case {
                scenario,
                readings: readings.iter().map(|r| (*r, false)).collect(),
                claims,
                pairs: 1,
                ixit: Ixit::default(),
                binding: Binding::default(),
                identities: [
                    (Identity::ClientIdentity, "sip:alice@example.com"),
                    (Identity::ClientIcid, "icid-1"),
                    (Identity::ClientCallId, "call-1"),
                    (Identity::FarEndIdentity, "sip:bob@example.com"),
                ]
                .map(|(identity, value)| Known {
                    session: 0,
                    identity,
                    value: value.to_owned(),
                })
                .to_vec(),
            },
            trace: Trace::default(),
            plan,
            taken: Vec::new(),
            now: Time::ZERO,
            cseq: 0,
            hop: 100,
            number: 0,
            ids: msrp::TransactionIds::new(7),
            last_send: None,
            last_request: None,
            standing: None,
            validity: None,
            result: 2001,
            ch2: CH2,
            twist: None,
            answer_twist: None,
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, millis: u64) -> &mut Story {
        self.now = Time::from_micros(self.now.as_micros() + millis * 1000);
        self
    }

    /// The next active step with that text.
    pub fn take(&mut self, text: &str) -> StepId {
        let step = (0..self.case.scenario.steps.len())
            .map(StepId)
            .find(|step| {
                self.plan.is_active(*step)
                    && !self.taken.contains(step)
                    && self.case.scenario.steps[step.0].action.to_string() == text
            });
        let step = step.unwrap_or_else(|| panic!("no further step `{text}`"));
        self.taken.push(step);
        step
    }

    pub fn push(&mut self, party: Party, what: What) -> &mut Story {
        self.now = Time::from_micros(self.now.as_micros() + 100);
        self.trace.events.push(Event {
            at: self.now,
            session: 0,
            party,
            what,
        });
        self
    }

    pub fn received(&mut self, party: Party, path: u64, message: Message) -> &mut Story {
        let standing = self.standing.take().unwrap_or(Standing::Flow);
        self.push(
            party,
            What::Received {
                path,
                message,
                standing,
            },
        )
    }

    fn sent(
        &mut self,
        party: Party,
        path: u64,
        message: Message,
        step: Option<StepId>,
    ) -> &mut Story {
        self.push(
            party,
            What::Sent {
                path,
                message,
                step,
                repeated: false,
                deviates: false,
            },
        )
    }

    /// A message of the calling side, or a response to one: of the client on its own leg, of the
    /// server on the far end's. The INVITE begins the dialog, and has no To tag.
    fn sip(start_line: &str, cseq: u32, method: &str) -> Message {
        let begins = method == "INVITE" && !start_line.starts_with("SIP/2.0");
        let to = if begins { "" } else { ";tag=b" };
        Story::sip_between("alice@example.com>;tag=a", to, start_line, cseq, method)
    }

    /// A message of the side that was called, or a response to one.
    fn sip_back(start_line: &str, cseq: u32, method: &str) -> Message {
        Story::sip_between("bob@example.com>;tag=b", ";tag=a", start_line, cseq, method)
    }

    fn sip_between(from: &str, to: &str, start_line: &str, cseq: u32, method: &str) -> Message {
        let other = if from.starts_with("alice") {
            "bob"
        } else {
            "alice"
        };
        let contact = match method {
            "INVITE" => "Contact: <sip:party@127.0.0.1>\r\n",
            _ => "",
        };
        let text = format!(
            "{start_line}\r\nVia: SIP/2.0/UDP 127.0.0.1:5090;branch=z9hG4bK{cseq}{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{from}\r\n\
             To: <sip:{other}@example.com>{to}\r\nCall-ID: call-1\r\nCSeq: {cseq} {method}\r\n\
             {contact}Content-Length: 0\r\n\r\n"
        );
        Message::Sip(sip::Message::decode(text.into()))
    }

    /// The client sends a request, as the next step of that text.
    pub fn client_request(&mut self, method: &str) -> &mut Story {
        let step = self.take(&format!("client sends: SIP {method}"));
        self.cseq += 1;
        let line = format!("{method} sip:bob@example.com SIP/2.0");
        self.sent(
            Party::Client,
            SIP,
            Story::sip(&line, self.cseq, method),
            Some(step),
        )
    }

    /// The client hangs up once the flow is over.
    pub fn tidies_up(&mut self) -> &mut Story {
        let message = Story::sip("BYE sip:bob@example.com SIP/2.0", 99, "BYE");
        self.sent(Party::Client, SIP, message, None)
    }

    /// The server answers the client's last request.
    pub fn client_response(&mut self, status: u16, method: &str) -> &mut Story {
        let line = format!("SIP/2.0 {status} Whatever");
        self.received(Party::Client, SIP, Story::sip(&line, self.cseq, method));
        if method == "INVITE" && (200..300).contains(&status) {
            let ack = Story::sip("ACK sip:bob@example.com SIP/2.0", self.cseq, "ACK");
            self.sent(Party::Client, SIP, ack, None);
        }
        self
    }

    /// The server sends the client a request.
    pub fn server_request(&mut self, method: &str) -> &mut Story {
        let line = format!("{method} sip:alice@127.0.0.1 SIP/2.0");
        self.received(Party::Client, SIP, Story::sip_back(&line, 900, method))
    }

    /// The client answers it, as the next step of that text.
    pub fn client_answers(&mut self, status: u16, method: &str) -> &mut Story {
        let step = self.take(&format!("client sends: SIP {status}"));
        let line = format!("SIP/2.0 {status} OK");
        self.sent(
            Party::Client,
            SIP,
            Story::sip_back(&line, 900, method),
            Some(step),
        )
    }

    /// The client sends a message, as the next step of that text.
    pub fn client_send(&mut self, content_type: &str, body: &str) -> &mut Story {
        let step = self.take("client sends: MSRP SEND");
        let to = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2856/client;tcp").expect("a URI");
        let id = format!("message-{}", self.trace.events.len());
        let message =
            msrp::MessageBuilder::send_whole(&[to], &[from], &id, content_type, body.to_owned())
                .build(&mut self.ids);
        self.last_send = Some(message.clone());
        self.sent(Party::Client, MSRP, Message::Msrp(message), Some(step))
    }

    /// The server answers the client's last message.
    pub fn client_msrp_response(&mut self, status: u16) -> &mut Story {
        let send = self.last_send.clone().expect("nothing was sent");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let message = msrp::MessageBuilder::response_to(&send, status, &from).build(&mut self.ids);
        self.received(Party::Client, MSRP, Message::Msrp(message))
    }

    /// A SessionRequest of that CC-Request-Type, with used units where given.
    pub fn ccr(&mut self, request_type: i32, used: Option<u64>) -> &mut Story {
        let key = AvpKey::base;
        self.hop += 1;
        let mut builder = diameter::MessageBuilder::request(272, 4)
            .proxiable(true)
            .hop_by_hop(self.hop)
            .end_to_end(0x5000 + self.hop)
            .with(key(263), "im.example.com;1;1")
            .with(key(264), "im.example.com")
            .with(key(296), "example.com")
            .with(key(283), "charging.example.com")
            .with(key(258), 4u32)
            .with(key(461), "im@example.com")
            .with(key(416), request_type)
            .with(key(415), self.number)
            .with(key(55), diameter::NtpTime::from_unix(1_700_000_000))
            .avp(AvpOut::group(
                key(443),
                [
                    AvpOut::new(key(450), 2i32),
                    AvpOut::new(key(444), "sip:alice@example.com"),
                ],
            ));
        self.number += 1;
        if request_type != 3 {
            builder = builder.avp(AvpOut::group(key(437), []));
        }
        if let Some(used) = used {
            builder = builder.avp(AvpOut::group(key(446), [self.units(used)]));
        }
        builder = builder.avp(AvpOut::group(
            AvpKey::tgpp(873),
            [AvpOut::group(
                AvpKey::tgpp(876),
                [
                    AvpOut::new(AvpKey::tgpp(862), 6i32),
                    AvpOut::new(AvpKey::tgpp(841), "icid-1"),
                ],
            )],
        ));
        if let Some(twist) = self.twist.take() {
            builder = twist(builder);
        }
        let message = diameter::Message::decode(builder.build());
        self.last_request = Some(message.clone());
        self.received(Party::Enabler, self.ch2, Message::Diameter(message))
    }

    /// A request of the server's that belongs to no session, with the names of the sender alone.
    pub fn peer_request(&mut self, command: u32) -> &mut Story {
        let key = AvpKey::base;
        let builder = diameter::MessageBuilder::request(command, 0)
            .hop_by_hop(7)
            .end_to_end(7)
            .with(key(264), "im.example.com")
            .with(key(296), "example.com")
            .with(key(257), std::net::IpAddr::from([127, 0, 0, 1]))
            .with(key(266), 0u32)
            .with(key(269), "im")
            .with(key(258), 4u32);
        let message = diameter::Message::decode(builder.build());
        self.received(Party::Enabler, self.ch2, Message::Diameter(message))
    }

    /// The enabler answers the last SessionRequest; `step` where the flow has a step for it.
    pub fn cca(&mut self, step: bool) -> &mut Story {
        let step = step.then(|| self.take("enabler sends: Response"));
        self.cca_by(step)
    }

    /// The enabler answers the last SessionRequest by a step that answers several.
    pub fn cca_by(&mut self, step: Option<StepId>) -> &mut Story {
        let request = self.last_request.clone().expect("no request");
        let key = AvpKey::base;
        let builder = diameter::MessageBuilder::answer_to(&request)
            .with(key(263), "im.example.com;1;1")
            .with(key(268), self.result)
            .with(key(264), "ocs.example.com")
            .with(key(296), "charging.example.com")
            .with(key(258), 4u32)
            .avps(
                [416, 415]
                    .iter()
                    .filter_map(|code| request.find(key(*code)))
                    .map(AvpOut::copy_of),
            )
            .avp(AvpOut::group(key(431), [self.units(10)]));
        let builder = match self.validity {
            Some(seconds) => builder.with(key(448), seconds),
            None => builder,
        };
        let builder = match self.answer_twist.take() {
            Some(twist) => twist(builder),
            None => builder,
        };
        let message = diameter::Message::decode(builder.build());
        self.sent(Party::Enabler, self.ch2, Message::Diameter(message), step)
    }

    /// Units of the binding's kind.
    fn units(&self, amount: u64) -> AvpOut {
        match self.case.binding.unit {
            Unit::Seconds => AvpOut::new(AvpKey::base(420), u32::try_from(amount).unwrap()),
            Unit::Messages | Unit::Octets => AvpOut::new(AvpKey::base(417), amount),
        }
    }

    /// The last SessionRequest once more, as it is on the wire.
    pub fn ccr_again(&mut self) -> &mut Story {
        let message = self.last_request.clone().expect("no request");
        self.received(Party::Enabler, self.ch2, Message::Diameter(message))
    }

    /// The server sends the far end a request.
    pub fn far_request(&mut self, method: &str) -> &mut Story {
        let line = format!("{method} sip:bob@127.0.0.1 SIP/2.0");
        let cseq = if method == "INVITE" { 700 } else { 702 };
        self.received(Party::FarEnd, FAR_SIP, Story::sip(&line, cseq, method))
    }

    /// The far end's phone rings, as the next step of that text.
    pub fn far_rings(&mut self) -> &mut Story {
        let step = self.take("far end sends: SIP 180");
        let message = Story::sip("SIP/2.0 180 Ringing", 700, "INVITE");
        self.sent(Party::FarEnd, FAR_SIP, message, Some(step))
    }

    /// The far end answers it, as the next step of that text.
    pub fn far_answers(&mut self, method: &str) -> &mut Story {
        let step = self.take("far end sends: SIP 200");
        let cseq = if method == "INVITE" { 700 } else { 702 };
        let message = Story::sip("SIP/2.0 200 OK", cseq, method);
        self.sent(Party::FarEnd, FAR_SIP, message, Some(step));
        if method == "INVITE" {
            let ack = Story::sip("ACK sip:bob@127.0.0.1 SIP/2.0", 700, "ACK");
            let background = What::Received {
                path: FAR_SIP,
                message: ack,
                standing: Standing::Background,
            };
            self.push(Party::FarEnd, background);
        }
        self
    }

    /// The far end hangs up, as no step has it: a trigger's way to make the server do so.
    pub fn far_hangs_up(&mut self) -> &mut Story {
        let message = Story::sip_back("BYE sip:server@127.0.0.1 SIP/2.0", 701, "BYE");
        self.sent(Party::FarEnd, FAR_SIP, message, None)
    }

    /// The server forwards the client's last message; the far end answers it.
    pub fn forwards(&mut self) -> &mut Story {
        self.forwards_to(200)
    }

    /// The same, where the far end answers with that status.
    pub fn forwards_to(&mut self, status: u16) -> &mut Story {
        let to = msrp::Uri::parse("msrp://127.0.0.1:2857/far;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let id = format!("forward-{}", self.trace.events.len());
        let body = "Hello".to_owned();
        let ids = &mut self.ids;
        let send = msrp::MessageBuilder::send_whole(
            std::slice::from_ref(&to),
            &[from],
            &id,
            "text/plain",
            body,
        )
        .build(ids);
        let answer = msrp::MessageBuilder::response_to(&send, status, &to).build(ids);
        self.received(Party::FarEnd, FAR_MSRP, Message::Msrp(send));
        let step = self.take(&format!("far end sends: MSRP {status}"));
        self.sent(Party::FarEnd, FAR_MSRP, Message::Msrp(answer), Some(step))
    }

    /// The far end sends a message, as the next step of that text. The server takes it, and the client.
    pub fn far_send(&mut self, body: &str) -> &mut Story {
        let step = self.take("far end sends: MSRP SEND");
        let to = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2857/far;tcp").expect("a URI");
        let paths = std::slice::from_ref(&to);
        let send = msrp::MessageBuilder::send_whole(
            paths,
            &[from],
            "incoming-1",
            "text/plain",
            body.to_owned(),
        )
        .build(&mut self.ids);
        let answer = msrp::MessageBuilder::response_to(&send, 200, &to).build(&mut self.ids);
        self.sent(Party::FarEnd, FAR_MSRP, Message::Msrp(send), Some(step));
        self.received(Party::FarEnd, FAR_MSRP, Message::Msrp(answer));
        let to = msrp::Uri::parse("msrp://127.0.0.1:2856/client;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let paths = std::slice::from_ref(&to);
        let body = body.to_owned();
        let send =
            msrp::MessageBuilder::send_whole(paths, &[from], "incoming-2", "text/plain", body)
                .build(&mut self.ids);
        let answer = msrp::MessageBuilder::response_to(&send, 200, &to).build(&mut self.ids);
        self.received(Party::Client, MSRP, Message::Msrp(send));
        self.sent(Party::Client, MSRP, Message::Msrp(answer), None)
    }

    /// The server forwards a message under that Message-ID; the far end answers it by the step that
    /// is labelled so.
    pub fn forwards_as(&mut self, id: &str, body: &str, answer: StepId) -> &mut Story {
        let to = msrp::Uri::parse("msrp://127.0.0.1:2857/far;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let paths = std::slice::from_ref(&to);
        let body = body.to_owned();
        let send = msrp::MessageBuilder::send_whole(paths, &[from], id, "text/plain", body)
            .build(&mut self.ids);
        let response = msrp::MessageBuilder::response_to(&send, 200, &to).build(&mut self.ids);
        self.received(Party::FarEnd, FAR_MSRP, Message::Msrp(send));
        self.sent(
            Party::FarEnd,
            FAR_MSRP,
            Message::Msrp(response),
            Some(answer),
        )
    }

    /// The server forwards a chunk, the octets from `start` on of ten; the far end answers it, by a
    /// step where it is the first.
    pub fn forwards_chunk(&mut self, id: &str, start: u64) -> &mut Story {
        let to = msrp::Uri::parse("msrp://127.0.0.1:2857/far;tcp").expect("a URI");
        let from = msrp::Uri::parse("msrp://127.0.0.1:2855/server;tcp").expect("a URI");
        let range = msrp::ByteRange {
            start,
            end: Some(start + 4),
            total: Some(10),
        };
        let (first, paths) = (start == 1, std::slice::from_ref(&to));
        let flag = [msrp::Flag::Complete, msrp::Flag::More][usize::from(first)];
        let send = msrp::MessageBuilder::send(paths, &[from], id)
            .byte_range(range)
            .content("text/plain", "Hello")
            .flag(flag)
            .build(&mut self.ids);
        let answer = msrp::MessageBuilder::response_to(&send, 200, &to).build(&mut self.ids);
        self.received(Party::FarEnd, FAR_MSRP, Message::Msrp(send));
        let step = first.then(|| self.take("far end sends: MSRP 200"));
        self.sent(Party::FarEnd, FAR_MSRP, Message::Msrp(answer), step)
    }

    /// The CH-2 connection comes or goes.
    pub fn ch2_path(&mut self, stands: bool) -> &mut Story {
        let what = What::Path {
            path: self.ch2,
            what: "CH-2 connection".to_owned(),
            stands,
            by_server: true,
        };
        self.push(Party::Enabler, what)
    }

    /// The trigger is pulled.
    pub fn trigger(&mut self) -> &mut Story {
        let step = self.take("trigger: server ends session");
        self.push(Party::Client, What::Due(step))
            .push(Party::Client, What::Done(step))
    }

    /// The next expectation of that text runs out of time.
    pub fn expires(&mut self, text: &str) -> &mut Story {
        let step = self.take(text);
        self.pass(2000).push(Party::Enabler, What::Expired(step))
    }

    /// The quiet window opens.
    pub fn quiet_begins(&mut self) -> StepId {
        self.silence_begins("enabler receives nothing: SessionRequest")
    }

    /// A quiet window of that wording opens.
    pub fn silence_begins(&mut self, text: &str) -> StepId {
        let step = self.take(text);
        self.push(Party::Enabler, What::Due(step));
        step
    }

    /// The quiet window closes.
    pub fn quiet_ends(&mut self, step: StepId) -> &mut Story {
        self.pass(200).push(Party::Enabler, What::Done(step))
    }

    /// The quiet window opens and closes.
    pub fn quiet(&mut self) -> &mut Story {
        let step = self.quiet_begins();
        self.quiet_ends(step)
    }

    /// The session starts.
    pub fn starts(&mut self) -> &mut Story {
        self.client_request("INVITE")
            .ccr(1, None)
            .cca(true)
            .client_response(200, "INVITE")
    }

    /// A message is sent, accepted and debited.
    pub fn exchanges(&mut self) -> &mut Story {
        self.client_send("text/plain", "Hello")
            .client_msrp_response(200)
            .ccr(2, Some(1))
            .cca(true)
    }

    /// The flow is over.
    /// The client ends the session; the stop reports that, is answered, and nothing follows.
    pub fn client_leaves(&mut self, used: Option<u64>) -> &mut Story {
        self.client_request("BYE").ccr(3, used).cca(true);
        self.client_response(200, "BYE").quiet().over()
    }

    /// The flow is over.
    pub fn over(&mut self) -> &mut Story {
        self.push(Party::Enabler, What::FlowOver)
    }

    pub fn judged(&self) -> ScenarioResult {
        judge(&self.case, &self.trace)
    }
}

/// The checks that failed, without warnings.
pub fn failed(result: &ScenarioResult) -> Vec<&str> {
    result
        .findings
        .iter()
        .filter(|f| !f.warning)
        .map(|f| f.check.as_str())
        .collect()
}
