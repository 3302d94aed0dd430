//! I, J and K: several sessions, faults of the client, and flows beside the session.

use super::{TestPurpose, Why, invalid, timer, valid};

pub(super) const SESSIONS: &[TestPurpose] = &[
    valid(
        "I1",
        "change request 6.3.3.3",
        "Sessions of several users at one time are each charged as if alone.",
    ),
    valid(
        "I2",
        "RFC 6733 8.8",
        "Two sessions of one user are two charging sessions.",
    ),
    valid(
        "I3",
        "RFC 4975 5.4",
        "A re-INVITE, or a new MSRP connection, stays in one charging session.",
    ),
    valid(
        "I4",
        "profile",
        "Where one server charges both parties, there are two charging sessions.",
    )
    .omitted(
        Why::NotSpecified,
        "No text that was read says that one server charges both parties, or how the two sessions \
         are told apart.",
    ),
    valid(
        "I5",
        "RFC 8506 8.19",
        "What one session used is never reported in another.",
    ),
    valid(
        "I6",
        "RFC 8506 5.4",
        "Sessions end in any order, each with its stop.",
    ),
    valid(
        "I7",
        "RFC 8506 5.3",
        "A session that outlives several Validity-Times asks anew each time.",
    ),
    valid("I8", "change request 6.3.3.3", "Many sessions at one time.").omitted(
        Why::OutOfScope,
        "How much a server can bear is no question of conformance; what holds for few sessions is \
         shown by I1 to I6.",
    ),
];

pub(super) const CLIENT: &[TestPurpose] = &[
    timer(
        "J1",
        "RFC 4028 10",
        "A client that vanishes is charged no longer than the timers allow.",
    ),
    invalid(
        "J2",
        "RFC 4975 5.4",
        "An MSRP connection that is lost ends charging once, or not at all.",
    ),
    invalid(
        "J3",
        "RFC 4975 7.3",
        "What the client sends malformed has no effect on CH-2.",
    ),
    invalid(
        "J4",
        "RFC 3261 10",
        "A registration that ends within a session.",
    )
    .omitted(
        Why::OutOfScope,
        "Registration is between the client and its network; the server of this suite sees none.",
    ),
    invalid(
        "J5",
        "RFC 3264 8",
        "A re-INVITE that takes the messages away ends or keeps the charging session, once.",
    )
    .omitted(
        Why::Doubtful,
        "Whether a session without messages is a service that goes on is not said: a stop, a BYE, a \
         refusal and nothing at all are right.",
    ),
    invalid(
        "J6",
        "RFC 4975 7.3",
        "A SEND to a session that does not exist is refused and not debited.",
    ),
];

pub(super) const SIBLINGS: &[TestPurpose] = &[
    valid(
        "K1",
        "RFC 8506 6.3",
        "A message outside of a session is debited as an event.",
    ),
    valid(
        "K2",
        "OMA DDS Charging Data",
        "The retrieval of stored messages is charged as such.",
    )
    .omitted(
        Why::NotSpecified,
        "The change request says nothing of stored messages, and how they are fetched is known \
         here from no text.",
    ),
    valid(
        "K3",
        "OMA DDS Charging Data",
        "Inviting, joining and leaving a conference are charged as such.",
    )
    .omitted(
        Why::NotSpecified,
        "Conferences belong to the controlling function, of which the change request says nothing.",
    ),
    valid(
        "K4",
        "OMA DDS Charging Data",
        "A message to a list is counted for each who got it.",
    )
    .omitted(
        Why::NotSpecified,
        "The counters are known by name only; no text that was read says what they count.",
    ),
    valid("K5", "profile", "A large message is charged as one."),
    valid("K6", "OMA CH-1", "Offline charging.").omitted(
        Why::OutOfScope,
        "Offline charging is another interface, and the suite is about CH-2.",
    ),
];
