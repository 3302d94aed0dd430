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
