//! The grammars of commands (RFC 6733 5, 7.2, 8; RFC 8506 3).

use super::check::{Occurrence, at_least_one, at_most_one, one};
use crate::diameter::avp::AvpKey;
use crate::diameter::dictionary::{ASR, CCR, CER, DPR, DWR, RAR, STR};
use crate::diameter::message::Message;

/// The rules of one command. Every command of these documents also takes any other AVP.
#[derive(Debug)]
pub struct CommandGrammar {
    /// How often each AVP may occur. AVPs that may occur any number of times, none included, are
    /// not listed.
    pub rules: &'static [Occurrence],
    /// AVPs the occurrence tables give a 0.
    pub forbidden: &'static [AvpKey],
    /// True where the Session-Id has its fixed position, directly behind the header.
    pub session_id_first: bool,
    /// The clause of the command's grammar.
    pub source: &'static str,
    /// The clause of the occurrence table.
    pub table: &'static str,
}

/// The grammar a message is held against; none for commands without one here.
pub(super) fn grammar(message: &Message) -> Option<&'static CommandGrammar> {
    let request = message.is_request();
    if !request && message.flags().error() {
        return Some(&ERROR_ANSWER);
    }
    Some(match (message.command_code(), request) {
        (CCR, true) => &CREDIT_CONTROL_REQUEST,
        (CCR, false) => &CREDIT_CONTROL_ANSWER,
        (CER, true) => &CAPABILITIES_REQUEST,
        (CER, false) => &CAPABILITIES_ANSWER,
        (DWR, true) => &WATCHDOG_REQUEST,
        (DWR, false) => &WATCHDOG_ANSWER,
        (DPR, true) => &DISCONNECT_REQUEST,
        (DPR, false) => &DISCONNECT_ANSWER,
        (RAR, true) => &RE_AUTH_REQUEST,
        (RAR, false) => &RE_AUTH_ANSWER,
        (ASR, true) => &ABORT_REQUEST,
        (ASR, false) => &ABORT_ANSWER,
        (STR, true) => &TERMINATION_REQUEST,
        (STR, false) => &TERMINATION_ANSWER,
        _ => return None,
    })
}

/// The grammar of CCR.
pub(super) fn credit_control_request() -> &'static CommandGrammar {
    &CREDIT_CONTROL_REQUEST
}

const TABLE_6733: &str = "RFC 6733 10.1";
const TABLE_8506: &str = "RFC 8506 10.1";

macro_rules! forbidden {
    ($($code:literal)*) => { &[$(AvpKey::base($code)),*] };
}

const fn command(
    rules: &'static [Occurrence],
    forbidden: &'static [AvpKey],
    session_id_first: bool,
    source: &'static str,
    table: &'static str,
) -> CommandGrammar {
    CommandGrammar {
        rules,
        forbidden,
        session_id_first,
        source,
        table,
    }
}

static CREDIT_CONTROL_REQUEST: CommandGrammar = command(
    &[
        one(263),
        one(264),
        one(296),
        one(283),
        one(258),
        one(461),
        one(416),
        one(415),
        at_most_one(293),
        at_most_one(1),
        at_most_one(419),
        at_most_one(50),
        at_most_one(278),
        at_most_one(55),
        at_most_one(439),
        at_most_one(295),
        at_most_one(437),
        at_most_one(436),
        at_most_one(455),
        at_most_one(411),
        at_most_one(458),
        at_most_one(653),
    ],
    forbidden!(418 422 423 427 428 279 430 669 431 292 261 262 268 448),
    true,
    "RFC 8506 3.1",
    TABLE_8506,
);

static CREDIT_CONTROL_ANSWER: CommandGrammar = command(
    &[
        one(263),
        one(268),
        one(264),
        one(296),
        one(258),
        one(416),
        one(415),
        at_most_one(1),
        at_most_one(418),
        at_most_one(419),
        at_most_one(50),
        at_most_one(278),
        at_most_one(55),
        at_most_one(431),
        at_most_one(423),
        at_most_one(430),
        at_most_one(669),
        at_most_one(422),
        at_most_one(427),
        at_most_one(428),
        at_most_one(448),
        at_most_one(261),
        at_most_one(262),
    ],
    forbidden!(411 293 283 455 436 437 461 439 440 443 659 295 458 653 446),
    true,
    "RFC 8506 3.2",
    TABLE_8506,
);

static CAPABILITIES_REQUEST: CommandGrammar = command(
    &[
        one(264),
        one(296),
        at_least_one(257),
        one(266),
        one(269),
        at_most_one(278),
        at_most_one(267),
    ],
    forbidden!(293 283 273 281 294 279 284 292 261 262 268 285 282 263 295 1),
    false,
    "RFC 6733 5.3.1",
    TABLE_6733,
);

static CAPABILITIES_ANSWER: CommandGrammar = command(
    &[
        one(268),
        one(264),
        one(296),
        at_least_one(257),
        one(266),
        one(269),
        at_most_one(278),
        at_most_one(281),
        at_most_one(279),
        at_most_one(267),
    ],
    forbidden!(293 283 273 294 284 292 261 262 285 282 263 295 1),
    false,
    "RFC 6733 5.3.2",
    TABLE_6733,
);

static DISCONNECT_REQUEST: CommandGrammar = command(
    &[one(264), one(296), one(273)],
    forbidden!(258 259 293 283 281 294 279 267 257 278 269 284 292 261 262 268 285 282 263 265 295 1 266 260),
    false,
    "RFC 6733 5.4.1",
    TABLE_6733,
);

static DISCONNECT_ANSWER: CommandGrammar = command(
    &[
        one(268),
        one(264),
        one(296),
        at_most_one(281),
        at_most_one(279),
    ],
    forbidden!(258 259 293 283 273 294 267 257 278 269 284 292 261 262 285 282 263 265 295 1 266 260),
    false,
    "RFC 6733 5.4.2",
    TABLE_6733,
);

static WATCHDOG_REQUEST: CommandGrammar = command(
    &[one(264), one(296), at_most_one(278)],
    forbidden!(258 259 293 283 273 281 294 279 267 257 269 284 292 261 262 268 285 282 263 265 295 1 266 260),
    false,
    "RFC 6733 5.5.1",
    TABLE_6733,
);

static WATCHDOG_ANSWER: CommandGrammar = command(
    &[
        one(268),
        one(264),
        one(296),
        at_most_one(281),
        at_most_one(279),
        at_most_one(278),
    ],
    forbidden!(258 259 293 283 273 294 267 257 269 284 292 261 262 285 282 263 265 295 1 266 260),
    false,
    "RFC 6733 5.5.2",
    TABLE_6733,
);

static RE_AUTH_REQUEST: CommandGrammar = command(
    &[
        one(263),
        one(264),
        one(296),
        one(283),
        one(293),
        one(258),
        one(285),
        at_most_one(1),
        at_most_one(278),
        // RFC 8506 10.2 adds these.
        at_most_one(419),
        at_most_one(453),
        at_most_one(439),
        at_most_one(432),
    ],
    forbidden!(259 273 281 294 279 267 257 269 292 261 262 268 265 295 266 260),
    true,
    "RFC 6733 8.3.1",
    TABLE_6733,
);

static RE_AUTH_ANSWER: CommandGrammar = command(
    &[
        one(263),
        one(268),
        one(264),
        one(296),
        at_most_one(1),
        at_most_one(278),
        at_most_one(281),
        at_most_one(294),
        at_most_one(279),
        at_most_one(261),
        at_most_one(262),
        // RFC 8506 10.2 adds these.
        at_most_one(419),
        at_most_one(453),
        at_most_one(439),
        at_most_one(432),
    ],
    forbidden!(258 259 293 283 273 267 257 269 285 282 265 295 266 260),
    true,
    "RFC 6733 8.3.2",
    TABLE_6733,
);

static ABORT_REQUEST: CommandGrammar = command(
    &[
        one(263),
        one(264),
        one(296),
        one(283),
        one(293),
        one(258),
        at_most_one(1),
        at_most_one(278),
    ],
    forbidden!(259 273 281 294 279 267 257 269 292 261 262 268 285 265 295 266 260),
    true,
    "RFC 6733 8.5.1",
    TABLE_6733,
);

static ABORT_ANSWER: CommandGrammar = command(
    &[
        one(263),
        one(268),
        one(264),
        one(296),
        at_most_one(1),
        at_most_one(278),
        at_most_one(281),
        at_most_one(294),
        at_most_one(279),
        at_most_one(261),
        at_most_one(262),
    ],
    forbidden!(258 259 293 283 273 267 257 269 285 282 265 295 266 260),
    true,
    "RFC 6733 8.5.2",
    TABLE_6733,
);

static TERMINATION_REQUEST: CommandGrammar = command(
    &[
        one(263),
        one(264),
        one(296),
        one(283),
        one(258),
        one(295),
        at_most_one(1),
        at_most_one(293),
        at_most_one(278),
    ],
    forbidden!(259 273 281 294 279 267 257 269 292 261 262 268 285 265 266 260),
    true,
    "RFC 6733 8.4.1",
    TABLE_6733,
);

static TERMINATION_ANSWER: CommandGrammar = command(
    &[
        one(263),
        one(268),
        one(264),
        one(296),
        at_most_one(1),
        at_most_one(281),
        at_most_one(294),
        at_most_one(279),
        at_most_one(278),
        at_most_one(261),
        at_most_one(262),
    ],
    forbidden!(258 259 293 283 273 267 257 269 285 282 265 295 266 260),
    true,
    "RFC 6733 8.4.2",
    TABLE_6733,
);

/// The grammar of an answer with the E bit, whatever its command.
static ERROR_ANSWER: CommandGrammar = command(
    &[
        at_most_one(263),
        one(264),
        one(296),
        one(268),
        at_most_one(278),
        at_most_one(281),
        at_most_one(294),
        at_most_one(279),
        at_most_one(297),
    ],
    &[],
    true,
    "RFC 6733 7.2",
    "RFC 6733 7.2",
);
