//! The pacer over shipped scenarios, with times that are said and not measured.

#[path = "pacer/flow.rs"]
mod flow;
mod story;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ch2spec::ch2::ReadingId;
use ch2spec::engine::{Event, Message, Pacer, Plan, Standing, StepId, Task, Trace, What};
use ch2spec::io::Time;
use ch2spec::msrp;
use ch2spec::scenario::{Ics, Party, load_paths};
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::Config;
use story::Story;

const EXCHANGE: &str = "IMC-MSG-con-001";
const REFUSED: &str = "IMC-MSG-con-002";
const CLIENT_ENDS: &str = "IMC-END-con-001";
const SERVER_ENDS: &str = "IMC-END-con-002";

/// A story that is paced while it is told.
struct Paced {
    story: Story,
    pacer: Pacer,
    seen: usize,
    given: Vec<Task>,
}

impl Paced {
    fn new(story: Story) -> Paced {
        let case = &story.case;
        let (ixit, binding) = (case.ixit.clone(), case.binding.clone());
        let pacer = Pacer::new(Arc::new(story.plan.clone()), ixit, binding, Time::ZERO);
        Paced {
            story,
            pacer,
            seen: 0,
            given: Vec::new(),
        }
    }

    fn standalone(id: &str) -> Paced {
        Paced::new(Story::standalone(id))
    }

    /// Tells a part of the story.
    fn tell(&mut self, part: impl FnOnce(&mut Story)) -> &mut Paced {
        part(&mut self.story);
        while self.seen < self.story.trace.events.len() {
            self.pacer.observe(&self.story.trace, self.seen);
            self.seen += 1;
        }
        self
    }

    /// The tasks of the present moment, as their files word them.
    fn tasks(&mut self) -> Vec<String> {
        let mut tasks = Vec::new();
        while let Some(task) = self.pacer.poll(self.story.now) {
            let (Task::Send(step) | Task::Trigger(step)) = task;
            let often = self.answers_several(step);
            assert!(
                often || !self.given.contains(&task),
                "{task:?} is given out twice"
            );
            self.given.push(task);
            tasks.push(self.story.case.scenario.steps[step.0].action.to_string());
        }
        tasks
    }

    fn answers_several(&self, step: StepId) -> bool {
        let request = self.story.plan.answered(step);
        request.is_some_and(|request| self.story.case.scenario.steps[request.0].count.most > 1)
    }

    /// Lets time pass until `millis` after now, and says what ran out or began on the way.
    fn pass(&mut self, millis: u64) -> Vec<String> {
        let until = self.story.now + Duration::from_millis(millis);
        let mut happened = Vec::new();
        while let Some(at) = self.pacer.poll_timeout().filter(|at| *at <= until) {
            self.story.now = self.story.now.max(at);
            let events = self.pacer.handle_timeout(self.story.now);
            if events.is_empty() {
                break;
            }
            for what in events {
                happened.push(self.word(&what));
                let (at, party) = (self.story.now, Party::Enabler);
                self.story.trace.events.push(Event {
                    at,
                    session: 0,
                    party,
                    what,
                });
            }
            self.tell(|_| ());
        }
        if self.pacer.poll_timeout().is_none_or(|at| at > until) {
            self.story.now = until;
        }
        happened
    }

    fn word(&self, what: &What) -> String {
        let (word, step) = match what {
            What::Due(step) => ("due", step),
            What::Done(step) => ("done", step),
            What::Expired(step) => ("expired", step),
            other => panic!("{other:?}"),
        };
        let action = &self.story.case.scenario.steps[step.0].action;
        format!("{word} {action}")
    }

    /// Up to the end of the given part: the session stands and one message was debited.
    fn established(id: &str) -> Paced {
        let mut paced = Paced::standalone(id);
        paced.tasks();
        paced.tell(|story| {
            story.client_request("INVITE").ccr(1, None);
        });
        paced.tasks();
        paced.tell(|story| {
            story.cca(true).client_response(200, "INVITE");
        });
        paced.tasks();
        paced.tell(|story| {
            story
                .client_send("text/plain", "Hello")
                .client_msrp_response(200)
                .ccr(2, Some(1));
        });
        paced.tasks();
        paced.tell(|story| {
            story.cca(true);
        });
        paced
    }
}

#[test]
fn an_initiative_waits_for_everything_above() {
    let mut paced = Paced::standalone(CLIENT_ENDS);
    assert_eq!(paced.tasks(), ["client sends: SIP INVITE"]);
    paced.tell(|story| {
        story
            .client_request("INVITE")
            .client_response(200, "INVITE");
    });
    assert_eq!(
        paced.tasks(),
        Vec::<String>::new(),
        "the start has not come"
    );
    paced.tell(|story| {
        story.ccr(1, None);
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    assert_eq!(
        paced.tasks(),
        Vec::<String>::new(),
        "and it has not been answered"
    );
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.tasks(), ["client sends: MSRP SEND"]);
}

#[test]
fn a_step_that_is_held_costs_no_time_and_holds_no_answer_back() {
    let mut paced = Paced::standalone(CLIENT_ENDS);
    paced.pacer.go_stepwise();
    assert_eq!(paced.tasks(), [""; 0]);
    assert_eq!(paced.pass(3_600_000), [""; 0]);
    let invite = paced.pacer.held().unwrap();
    paced.pacer.release(invite);
    assert_eq!(paced.tasks(), ["client sends: SIP INVITE"]);
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None);
    });
    assert_eq!(paced.pacer.held(), None);
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    // What is waited for has its whole time from the release on.
    assert_eq!(paced.pass(1_999), [""; 0]);
    let expired = paced.pass(2);
    assert!(
        expired.contains(&"expired client receives: SIP 200".to_owned()),
        "{expired:?}"
    );
    paced.pacer.run_on();
    assert_eq!(paced.pacer.held(), None);
}

#[test]
fn an_answer_waits_for_its_request_alone() {
    // A gate wants its Response before it accepts the message, though the file has the 200 first.
    let mut paced = Paced::standalone(CLIENT_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None);
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true).client_response(200, "INVITE");
    });
    paced.tasks();
    paced.tell(|story| {
        story.client_send("text/plain", "Hello").ccr(2, Some(1));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
}

#[test]
fn a_slow_gate_has_the_whole_time_for_each_step() {
    let mut paced = Paced::standalone(CLIENT_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None);
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true).client_response(200, "INVITE");
    });
    paced.tasks();
    paced.tell(|story| {
        story.client_send("text/plain", "Hello");
    });
    assert_eq!(paced.pass(1500), Vec::<String>::new());
    paced.tell(|story| {
        story.ccr(2, Some(1));
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(
        paced.pass(1500),
        Vec::<String>::new(),
        "the 200 still has its time"
    );
    assert_eq!(paced.pass(600), ["expired client receives: MSRP 200"]);
}

#[test]
fn what_does_not_come_runs_out_of_time_once() {
    let mut paced = Paced::standalone(CLIENT_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.client_request("INVITE");
    });
    assert_eq!(paced.pass(1999), Vec::<String>::new());
    assert_eq!(
        paced.pass(1),
        [
            "expired enabler receives: SessionRequest (start)",
            "expired client receives: SIP 200",
        ]
    );
    assert_eq!(paced.pass(5000), Vec::<String>::new());
    assert_eq!(
        paced.tasks(),
        ["client sends: MSRP SEND"],
        "the Response is out of reach"
    );
}

#[test]
fn a_step_out_of_reach_costs_no_time() {
    let mut paced = Paced::standalone(CLIENT_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story
            .client_request("INVITE")
            .ccr(1, None)
            .cca(true)
            .client_response(500, "INVITE");
    });
    for text in ["client sends: MSRP SEND", "client sends: SIP BYE"] {
        assert_eq!(paced.tasks(), [text]);
        paced.tell(|story| {
            let step = story.take(text);
            let reason = String::new();
            story.push(
                Party::Client,
                What::Impossible {
                    step,
                    reason,
                    harness: false,
                },
            );
        });
    }
    assert_eq!(
        paced.pass(0),
        ["due enabler receives nothing: SessionRequest"]
    );
    assert!(!paced.pacer.is_over());
    assert_eq!(
        paced.pass(200),
        ["done enabler receives nothing: SessionRequest"]
    );
    assert!(paced.pacer.is_over());
    assert_eq!(paced.pacer.poll_timeout(), None);
}

#[test]
fn the_answer_to_a_stop_before_the_bye_is_held() {
    let mut paced = Paced::established(SERVER_ENDS);
    assert_eq!(paced.tasks(), ["trigger: server ends session"]);
    paced.tell(|story| {
        story.trigger().ccr(3, Some(0));
    });
    // order_tolerance is 100 ms, the margin 200 ms.
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.pass(299);
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.pass(1);
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);

    let mut paced = Paced::established(SERVER_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.trigger().ccr(3, Some(0));
    });
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.tell(|story| {
        story.server_request("BYE");
    });
    let mut tasks = paced.tasks();
    tasks.sort();
    assert_eq!(tasks, ["client sends: SIP 200", "enabler sends: Response"]);
}

#[test]
fn the_200_to_the_bye_is_held_long_under_s1_and_short_under_s2() {
    for (reading, held) in [(ReadingId::S1, 2000), (ReadingId::S2, 100)] {
        let claims = Story::standalone(SERVER_ENDS).case.claims;
        let mut paced = Paced::new(Story::new(SERVER_ENDS, claims, &[ReadingId::R2, reading]));
        let given = Paced::established(SERVER_ENDS);
        paced.tell(|story| {
            *story = given.story;
            story.trigger().server_request("BYE");
        });
        while !paced.tasks().is_empty() {}
        paced.pass(held - 1);
        assert_eq!(paced.tasks(), Vec::<String>::new(), "{reading}");
        paced.pass(1);
        assert_eq!(paced.tasks(), ["client sends: SIP 200"], "{reading}");
    }
}

/// S3 has the stop triggered before: a server may still wait for this answer.
#[test]
fn the_200_to_the_bye_is_not_held_under_s3() {
    let claims = Story::standalone(SERVER_ENDS).case.claims;
    let readings = [ReadingId::R2, ReadingId::S3];
    let mut paced = Paced::new(Story::new(SERVER_ENDS, claims, &readings));
    let given = Paced::established(SERVER_ENDS);
    paced.tell(|story| *story = given.story);
    while !paced.tasks().is_empty() {}
    paced.tell(|story| {
        story.trigger().server_request("BYE");
    });
    assert_eq!(paced.tasks(), ["client sends: SIP 200"]);
}

#[test]
fn silence_begins_again_once_the_server_is_back() {
    let mut paced = Paced::established(EXCHANGE);
    paced.tasks();
    paced.tell(|story| {
        story.exchanges();
    });
    paced.tasks();
    let quiet = |word: &str| vec![format!("{word} enabler receives nothing: SessionRequest")];
    assert_eq!(paced.pass(150), quiet("due"));
    paced.tell(|story| {
        story.ch2_path(false);
    });
    assert_eq!(paced.pass(150), Vec::<String>::new());
    paced.tell(|story| {
        story.ch2_path(true);
    });
    assert_eq!(paced.pass(199), Vec::<String>::new());
    assert_eq!(paced.pass(2), quiet("done"));
}

#[test]
fn the_200_to_the_bye_follows_the_stop_at_once() {
    let mut paced = Paced::established(SERVER_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.trigger().server_request("BYE");
    });
    paced.pass(50);
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.tell(|story| {
        story.ccr(3, Some(0));
    });
    assert_eq!(
        paced.tasks(),
        ["client sends: SIP 200", "enabler sends: Response"]
    );
}

#[test]
fn a_trigger_may_take_effect_before_it_is_done() {
    let mut paced = Paced::established(SERVER_ENDS);
    paced.tasks();
    paced.tell(|story| {
        let told = story.take("trigger: server ends session");
        story
            .push(Party::Client, What::Due(told))
            .server_request("BYE")
            .ccr(3, None);
        story.push(Party::Client, What::Done(told));
    });
    assert_eq!(
        paced.tasks(),
        ["client sends: SIP 200", "enabler sends: Response"]
    );
}

#[test]
fn a_late_request_is_answered() {
    let mut paced = Paced::established(CLIENT_ENDS);
    paced.tasks();
    paced.tell(|story| {
        story.client_request("BYE").client_response(200, "BYE");
    });
    assert_eq!(
        paced.pass(2050),
        [
            "expired enabler receives: SessionRequest (stop)",
            "due enabler receives nothing: SessionRequest",
        ]
    );
    paced.tell(|story| {
        story.ccr(3, None);
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    assert!(!paced.pacer.is_over());
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(
        paced.pass(200),
        ["done enabler receives nothing: SessionRequest"]
    );
    assert!(paced.pacer.is_over());
}

#[test]
fn a_far_end_that_hung_up_is_not_waited_for() {
    let mut story = Story::with_far_end(SERVER_ENDS);
    story.starts();
    let mut paced = Paced::new(story);
    paced.tell(|story| {
        story
            .far_request("INVITE")
            .far_answers("INVITE")
            .client_send("text/plain", "Hello");
        story
            .client_msrp_response(200)
            .forwards()
            .ccr(2, Some(1))
            .cca(true);
        story
            .trigger()
            .far_hangs_up()
            .server_request("BYE")
            .ccr(3, None)
            .cca(true);
        story.client_answers(200, "BYE");
    });
    assert_eq!(
        paced.pass(0),
        ["due enabler receives nothing: SessionRequest"]
    );
}

/// A server under S2 may go by the answer to either of its BYEs, so the client's is given first; not
/// to a server that waits for the far end before it turns to the client.
#[test]
fn the_far_end_answers_the_servers_bye_after_the_client() {
    let start = || {
        let claims = Story::with_far_end(SERVER_ENDS).case.claims;
        let mut story = Story::new(SERVER_ENDS, claims, &[ReadingId::R2, ReadingId::S2]);
        story.client_request("INVITE").ccr(1, None).cca(true);
        story.far_request("INVITE").far_answers("INVITE");
        story.client_response(200, "INVITE");
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200)
            .forwards();
        story.ccr(2, Some(1)).cca(true).trigger();
        Paced::new(story)
    };
    let mut both = start();
    both.tell(|story| {
        story.far_request("BYE").server_request("BYE");
    });
    assert_eq!(both.tasks(), Vec::<String>::new());
    both.pass(100);
    assert_eq!(both.tasks(), ["client sends: SIP 200"]);
    both.tell(|story| {
        story.client_answers(200, "BYE");
    });
    assert_eq!(both.tasks(), ["far end sends: SIP 200"]);
    let mut one = start();
    one.tell(|story| {
        story.far_request("BYE");
    });
    assert_eq!(one.tasks(), Vec::<String>::new());
    one.pass(100);
    assert_eq!(one.tasks(), ["far end sends: SIP 200"]);
}

/// The far end's phone rings for as long as its file says.
#[test]
fn an_answer_waits_for_the_pause_before_it() {
    let file = "fixtures/interop/kamailio/scenarios/ringing.yaml";
    let loaded = load_paths(&[file.into()]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let mut story = Story::with_far_end(CLIENT_ENDS);
    story.case.scenario = Arc::clone(&loaded.scenarios[0]);
    let readings = [ReadingId::R3, ReadingId::S2];
    story.plan = Plan::new(
        Arc::clone(&story.case.scenario),
        &readings,
        &story.case.claims,
    );
    let mut paced = Paced::new(story);
    assert_eq!(paced.tasks(), ["client sends: SIP INVITE"]);
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None).cca(true);
        story.far_request("INVITE");
    });
    let ringing = paced.tasks();
    assert!(
        !ringing.contains(&"far end sends: SIP 200".to_owned()),
        "{ringing:?}"
    );
    paced.tell(|story| {
        story.far_rings();
    });
    assert_eq!(paced.pass(3900), ["due wait: 4000 ms"]);
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.pass(200);
    assert_eq!(paced.tasks(), ["far end sends: SIP 200"]);
}

/// What may happen to a pacer.
#[derive(Clone, Debug)]
enum Act {
    /// The server sends one of the messages of a good trace, with that standing.
    Server(usize, Standing),
    /// Time passes.
    Pass(u64),
    /// The harness carries out its tasks, or cannot.
    Tasks(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let standing = any::<u8>().prop_map(|n| match n {
        0..=20 => Standing::Background,
        21..=40 => Standing::Repeated,
        _ => Standing::Flow,
    });
    prop_oneof![
        (any::<usize>(), standing).prop_map(|(nth, standing)| Act::Server(nth, standing)),
        (0..3000_u64).prop_map(Act::Pass),
        any::<bool>().prop_map(Act::Tasks),
    ]
}

/// Everything a server may send over the course of a flow.
fn pool() -> Vec<Event> {
    let mut story = Story::with_far_end(SERVER_ENDS);
    story.client_request("INVITE").ccr(1, None).cca(true);
    story
        .far_request("INVITE")
        .far_answers("INVITE")
        .client_response(200, "INVITE");
    story
        .client_send("text/plain", "Hello")
        .client_msrp_response(200)
        .forwards();
    story
        .ccr(2, Some(1))
        .cca(true)
        .trigger()
        .far_request("BYE")
        .server_request("BYE");
    story.ccr(3, None).ccr(4, None).ccr(9, None);
    let is_received = |event: &Event| matches!(event.what, What::Received { .. });
    story.trace.events.into_iter().filter(is_received).collect()
}

/// A pacer at large: whatever it asks for is done or said to be impossible.
struct Loose {
    pacer: Pacer,
    trace: Trace,
    now: Time,
    given: HashSet<String>,
    /// Whether one step may answer several messages.
    several: bool,
}

impl Loose {
    fn append(&mut self, party: Party, what: What) {
        let at = self.now;
        self.trace.events.push(Event {
            at,
            session: 0,
            party,
            what,
        });
        self.pacer.observe(&self.trace, self.trace.events.len() - 1);
    }

    fn carry_out(&mut self, possible: bool) {
        while let Some(task) = self.pacer.poll(self.now) {
            let first = self.given.insert(format!("{task:?}"));
            assert!(first || self.several, "{task:?} is given out twice");
            match task {
                Task::Send(step) if possible => {
                    let to = msrp::Uri::parse("msrp://127.0.0.1:2855/s;tcp").expect("a URI");
                    let mut ids = msrp::TransactionIds::new(1);
                    let paths = [to];
                    let builder = msrp::MessageBuilder::send_whole(
                        &paths,
                        &paths,
                        "id",
                        "text/plain",
                        "Hello",
                    );
                    let message = Message::Msrp(builder.build(&mut ids));
                    let step = Some(step);
                    let sent = What::Sent {
                        path: 1,
                        message,
                        step,
                        repeated: false,
                        deviates: false,
                    };
                    self.append(Party::Client, sent);
                }
                Task::Trigger(step) if possible => {
                    self.append(Party::Client, What::Due(step));
                    self.append(Party::Client, What::Done(step));
                }
                Task::Send(step) | Task::Trigger(step) => {
                    let reason = String::new();
                    let harness = false;
                    self.append(
                        Party::Client,
                        What::Impossible {
                            step,
                            reason,
                            harness,
                        },
                    );
                }
            }
        }
    }

    fn run_until(&mut self, until: Time, possible: bool) {
        for _ in 0..1000 {
            let Some(at) = self.pacer.poll_timeout().filter(|at| *at <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(at);
            for what in self.pacer.handle_timeout(self.now) {
                self.append(Party::Enabler, what);
            }
            self.carry_out(possible);
        }
        panic!(
            "the pacer goes round in circles at {}: {:?}",
            self.now,
            self.pacer.poll_timeout()
        );
    }
}

proptest::proptest! {
    #![proptest_config(Config { cases: 128, ..Config::default() })]

    #[test]
    fn whatever_happens_it_comes_to_an_end(
        which in 0..10_usize,
        far_end: bool,
        reading in 0..15_usize,
        acts in proptest::collection::vec(act(), 0..40),
        possible: bool,
    ) {
        let mut claims = vec![Ics::SessionMode, Ics::ServerEndsSession, Ics::RefusesContentType];
        claims.push(if far_end { Ics::FarEnd } else { Ics::Standalone });
        use ReadingId::{R1, R2, R3, R4, R5, S1, S2, S3};
        let readings = [[R1, R2, R3, R4, R5][reading % 5], [S1, S2, S3][reading / 5]];
        let story = match which.checked_sub(4) {
            None => Story::new([EXCHANGE, CLIENT_ENDS, SERVER_ENDS, REFUSED][which], claims, &readings),
            Some(which) => {
                let files = ["optional", "times", "one-of", "either", "any-order", "repeat"];
                Story::of_file(files[which])
            }
        };
        let (ixit, binding) = (story.case.ixit.clone(), story.case.binding.clone());
        let limit = ixit.trigger_time.max(ixit.quiet_window) + ixit.quiet_window;
        let mut loose = Loose {
            pacer: Pacer::new(Arc::new(story.plan.clone()), ixit, binding, Time::ZERO),
            trace: Trace::default(),
            now: Time::ZERO,
            given: HashSet::new(),
            several: story.case.scenario.steps.iter().any(|step| step.count.most > 1),
        };
        let pool = pool();
        for act in acts {
            match act {
                Act::Server(nth, standing) => {
                    let event = &pool[nth % pool.len()];
                    let mut what = event.what.clone();
                    if let What::Received { standing: of, .. } = &mut what {
                        *of = standing;
                    }
                    loose.append(event.party, what);
                }
                Act::Pass(millis) => {
                    let until = loose.now + Duration::from_millis(millis);
                    loose.run_until(until, possible);
                }
                Act::Tasks(possible) => loose.carry_out(possible),
            }
        }
        let steps = story.case.scenario.steps.len();
        let longest = limit * u32::try_from(steps).unwrap();
        let last = loose.now;
        loose.carry_out(possible);
        loose.run_until(last + longest, possible);
        assert!(loose.pacer.is_over(), "not over after {longest:?}");
    }
}
