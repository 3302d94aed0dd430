//! How long what is left open is waited for.

use super::Paced;
use super::story::Story;

/// `FLOW-OPTIONAL` up to the answer to the client's message.
fn hello() -> Paced {
    let mut paced = Paced::new(Story::of_file("optional"));
    paced.tasks();
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None);
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true).client_response(200, "INVITE");
    });
    assert_eq!(paced.tasks(), ["client sends: MSRP SEND"]);
    paced.tell(|story| {
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
    });
    paced
}

const BYE: [&str; 1] = ["client sends: SIP BYE"];
const INTERIM: &str = "expired enabler receives: SessionRequest (interim)";

#[test]
fn what_is_optional_is_waited_for_as_long_as_the_rest() {
    let mut paced = hello();
    assert_eq!(paced.pass(1990), Vec::<String>::new());
    assert_eq!(paced.tasks(), Vec::<String>::new());
    assert_eq!(paced.pass(20), [INTERIM]);
    assert_eq!(paced.tasks(), BYE);
}

#[test]
fn what_is_optional_and_came_is_not_waited_for() {
    let mut paced = hello();
    paced.tell(|story| {
        story.ccr(2, Some(1));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.tasks(), BYE);
}

#[test]
fn what_follows_is_waited_for_as_long_as_what_it_follows() {
    let mut paced = Paced::new(Story::of_file("follows"));
    paced.tasks();
    paced.tell(|story| {
        story.client_request("INVITE").ccr(1, None).cca(true);
    });
    assert_eq!(paced.pass(4900), Vec::<String>::new());
    let expired = [
        "expired client receives: SIP BYE",
        "expired enabler receives: SessionRequest (stop)",
    ];
    assert_eq!(paced.pass(200), expired);
}

/// The flow up to the BYE, which was sent.
fn hung_up() -> Paced {
    let mut paced = hello();
    paced.pass(2010);
    paced.tasks();
    paced.tell(|story| {
        story.client_request("BYE");
    });
    paced
}

#[test]
fn a_late_optional_request_is_answered() {
    let mut paced = hung_up();
    paced.tell(|story| {
        story.ccr(2, Some(1));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
}

#[test]
fn an_optional_step_may_say_how_long_it_is_waited_for() {
    let mut paced = hung_up();
    assert_eq!(paced.pass(310), [INTERIM]);
}

#[test]
fn a_later_message_shows_that_an_optional_one_does_not_come() {
    let mut paced = hung_up();
    paced.tell(|story| {
        story.ccr(3, Some(1));
    });
    paced.tasks();
    paced.story.take("enabler sends: Response");
    paced.tell(|story| {
        story.cca(true).client_response(200, "BYE");
    });
    // Not even its own 300 ms are waited for; nothing but time shows that the event does not come.
    let happened = paced.pass(2050);
    assert_eq!(
        happened,
        [
            "expired enabler receives: SessionRequest (event)",
            "due enabler receives nothing: SessionRequest",
        ]
    );
}

#[test]
fn each_of_several_is_answered() {
    let mut paced = Paced::new(Story::of_file("times"));
    paced.tell(|story| {
        story.starts();
    });
    for body in ["One", "Two"] {
        paced.tasks();
        paced.tell(|story| {
            story
                .client_send("text/plain", body)
                .client_msrp_response(200);
        });
    }
    let answer = paced.story.take("enabler sends: Response");
    assert_eq!(paced.tasks(), Vec::<String>::new());
    for _ in 0..2 {
        paced.tell(|story| {
            story.ccr(2, Some(1));
        });
        assert_eq!(paced.tasks(), ["enabler sends: Response"]);
        assert_eq!(paced.tasks(), Vec::<String>::new());
        paced.tell(|story| {
            story.cca_by(Some(answer));
        });
    }
    assert_eq!(paced.tasks(), BYE, "no more than two can come");
}

#[test]
fn room_for_one_more_is_waited_for() {
    let mut paced = Paced::new(Story::of_file("times"));
    paced.tell(|story| {
        story.starts();
    });
    for body in ["One", "Two"] {
        paced.tasks();
        paced.tell(|story| {
            story
                .client_send("text/plain", body)
                .client_msrp_response(200);
        });
    }
    paced.tell(|story| {
        story.ccr(2, Some(1));
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.pass(1900), Vec::<String>::new());
    assert_eq!(paced.tasks(), Vec::<String>::new());
    assert_eq!(paced.pass(200), [INTERIM]);
    assert_eq!(paced.tasks(), BYE);
}

/// `FLOW-ONE-OF` or `FLOW-EITHER` with the BYE sent.
fn choosing(file: &str) -> Paced {
    let mut paced = Paced::new(Story::of_file(file));
    paced.tell(|story| {
        story.starts();
    });
    while !paced.tasks().is_empty() {}
    paced.tell(|story| {
        story.client_request("BYE");
    });
    paced
}

#[test]
fn what_drops_out_of_the_flow_is_not_waited_for() {
    let mut paced = choosing("one-of");
    paced.tell(|story| {
        story.ccr(3, Some(0));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true).client_response(200, "BYE");
    });
    assert_eq!(paced.pass(310), ["expired client receives: SIP INFO"]);
    assert!(paced.pacer.is_over());
}

#[test]
fn what_we_begin_in_an_alternative_is_begun_once_it_is_taken() {
    let mut paced = choosing("one-of");
    paced.tell(|story| {
        story.client_response(200, "BYE");
    });
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.tell(|story| {
        story.take("enabler sends: Response");
        story.ccr(2, None);
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.tasks(), ["client sends: SIP OPTIONS"]);
    paced.tell(|story| {
        story
            .client_request("OPTIONS")
            .client_response(481, "OPTIONS");
    });
    assert_eq!(paced.pass(310), ["expired client receives: SIP INFO"]);
    assert!(paced.pacer.is_over());
}

#[test]
fn silence_is_listened_to_once_nothing_else_can_come() {
    let mut paced = choosing("one-of");
    paced.tell(|story| {
        story.client_response(200, "BYE");
    });
    let info = "expired client receives: SIP INFO";
    assert_eq!(paced.pass(1990), [info]);
    let mut expired = paced.pass(20);
    let due = expired.pop();
    assert_eq!(
        due.as_deref(),
        Some("due enabler receives nothing: SessionRequest")
    );
    assert_eq!(
        expired,
        [
            "expired enabler receives: SessionRequest (stop)",
            "expired enabler receives: SessionRequest (interim)",
        ]
    );
    assert_eq!(
        paced.pass(200),
        ["done enabler receives nothing: SessionRequest"]
    );
    assert!(paced.pacer.is_over());
    // What comes now takes the choice back, and is answered.
    paced.tell(|story| {
        story.ccr(3, Some(0));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
}

#[test]
fn a_message_ends_the_listening() {
    let mut paced = choosing("one-of");
    paced.tell(|story| {
        story.client_response(200, "BYE");
    });
    paced.pass(2100);
    paced.tell(|story| {
        story.ccr(3, Some(0));
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.pass(500), Vec::<String>::new());
    assert!(paced.pacer.is_over());
}

#[test]
fn a_choice_that_nothing_makes_is_given_up() {
    let mut paced = choosing("either");
    paced.tell(|story| {
        story.client_response(200, "BYE");
    });
    let happened = paced.pass(2050);
    assert_eq!(
        happened,
        [
            "expired enabler receives: SessionRequest (stop)",
            "expired enabler receives: SessionRequest (event)",
            "due enabler receives nothing: SessionRequest",
        ]
    );
    assert_eq!(paced.tasks(), Vec::<String>::new(), "no OPTIONS");
    paced.pass(200);
    assert!(paced.pacer.is_over());
}

#[test]
fn what_follows_a_block_without_order_waits_for_all_of_it() {
    let mut paced = choosing("any-order");
    paced.tell(|story| {
        story.take("enabler sends: Response");
        story.ccr(3, None);
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
    paced.tell(|story| {
        story.cca(true).client_response(200, "BYE").ccr(2, None);
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.pass(1900), Vec::<String>::new());
    assert_eq!(
        paced.pass(200),
        [
            "expired enabler receives: SessionRequest (event)",
            "due enabler receives nothing: SessionRequest",
        ]
    );
}

#[test]
fn what_may_not_come_soon_is_waited_for_longer() {
    let mut paced = Paced::new(Story::of_file("timed"));
    paced.tell(|story| {
        story.starts();
    });
    while !paced.tasks().is_empty() {}
    paced.tell(|story| {
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
    });
    // Three seconds that it must let pass, and two to react.
    assert_eq!(paced.pass(4990), Vec::<String>::new());
    assert_eq!(paced.pass(20), [INTERIM]);
}

/// Our answer to the stop waits for the 200 to the BYE, which says that it comes before.
#[test]
fn an_answer_waits_for_what_comes_before_it() {
    let mut story = Story::of_file("timed");
    let scenario = std::sync::Arc::make_mut(&mut story.case.scenario);
    for step in &mut scenario.steps {
        match step.label.as_deref() {
            Some("ok") => step.before = vec!["answer".to_owned()],
            None if step.before == ["last"] => step.label = Some("answer".to_owned()),
            _ => {}
        }
    }
    let readings: Vec<_> = story
        .case
        .readings
        .iter()
        .map(|(reading, _)| *reading)
        .collect();
    story.plan = ch2spec::engine::Plan::new(
        std::sync::Arc::clone(&story.case.scenario),
        &readings,
        &story.case.claims,
    );
    let mut paced = Paced::new(story);
    paced.tell(|story| {
        story.starts();
    });
    while !paced.tasks().is_empty() {}
    paced.tell(|story| {
        story
            .client_send("text/plain", "Hello")
            .client_msrp_response(200);
        story.pass(3000).ccr(2, Some(1));
    });
    paced.tasks();
    paced.tell(|story| {
        story.cca(true);
    });
    assert_eq!(paced.tasks(), BYE);
    paced.tell(|story| {
        story.client_request("BYE").ccr(3, None);
    });
    paced.pass(500);
    assert_eq!(paced.tasks(), Vec::<String>::new());
    paced.tell(|story| {
        story.client_response(200, "BYE");
    });
    assert_eq!(paced.tasks(), ["enabler sends: Response"]);
}
