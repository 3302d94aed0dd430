//! How `ch2spec serve` sets the reference server up, beyond where it is to be found.

use std::time::Duration;

use clap::ValueEnum;

use crate::reference::{Config, DebitFailure, FailureHandling, MediaLoss, Refund, Units, UnitsAt};

/// How the reference server charges, and how patient it is.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Charging")]
pub(super) struct Settings {
    /// What is counted and asked for
    #[arg(long, value_name = "KIND", default_value = "messages")]
    units: Kind,
    /// Another kind that it cannot meter: a grant of it is an incorrect answer
    #[arg(long = "cannot-meter", value_name = "KIND")]
    cannot_meter: Vec<Kind>,
    /// Where units stand
    #[arg(long, value_name = "PLACE", default_value = "command")]
    units_at: Place,
    /// How many units it asks for; 0 leaves that to the Charging Enabler
    #[arg(long, value_name = "N", default_value_t = 10)]
    request: u64,
    /// Service-Context-Id
    #[arg(long, value_name = "TEXT")]
    service_context: Option<String>,
    /// Origin-Host of its Charging Enabler User
    #[arg(long, value_name = "NAME")]
    origin_host: Option<String>,
    /// Origin-Realm of its Charging Enabler User
    #[arg(long, value_name = "NAME")]
    origin_realm: Option<String>,
    /// Destination-Realm of its requests
    #[arg(long, value_name = "NAME")]
    destination_realm: Option<String>,
    /// The Tx timer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    tx: Duration,
    /// How long a late answer is awaited where the service goes on meanwhile
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = time)]
    late_answer: Duration,
    /// Tw of the CH-2 connections; `none` sends no watchdog
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_or_none)]
    watchdog: Patience,
    /// Credit-Control-Failure-Handling, unless an answer says otherwise
    #[arg(long, value_name = "WHAT", default_value = "terminate")]
    failure_handling: Failing,
    /// Direct-Debiting-Failure-Handling, unless an answer says otherwise
    #[arg(long, value_name = "WHAT", default_value = "terminate-or-buffer")]
    debit_failure: Debiting,
    /// What becomes of the units of a message that could not be delivered
    #[arg(long, value_name = "WHAT", default_value = "never")]
    refund: Refunding,
    /// Count what the far end sends as well
    #[arg(long)]
    count_incoming: bool,
    /// Count "is composing" notices and disposition notifications as messages
    #[arg(long)]
    count_notices: bool,
    /// Leave IM-Information out
    #[arg(long)]
    no_im_information: bool,
    /// Answer page-mode messages without charging them
    #[arg(long, help_heading = "Sessions")]
    no_page_mode: bool,
    /// End a session that is idle for so long
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Sessions")]
    inactivity: Option<Duration>,
    /// The longest Session-Expires that it grants; without it there is no session timer
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Sessions")]
    session_expires: Option<Duration>,
    /// The shortest Session-Expires that it takes
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Sessions")]
    min_session_expires: Option<Duration>,
    /// End a session whose client has lost its MSRP connection and is not back by then
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Sessions")]
    media_loss: Option<Duration>,
    /// A media type of messages that it takes; the first one replaces the list
    #[arg(long = "accept", value_name = "TYPE", help_heading = "Sessions")]
    accept: Vec<String>,
    /// The longest message that it takes, in octets
    #[arg(long, value_name = "OCTETS", default_value_t = 1 << 20, help_heading = "Sessions")]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Messages,
    Octets,
    Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Place {
    /// Directly in the command
    Command,
    /// In Multiple-Services-Credit-Control
    Mscc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Failing {
    Terminate,
    Continue,
    RetryAndTerminate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Debiting {
    TerminateOrBuffer,
    Continue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Refunding {
    /// They stay used
    Never,
    /// They are taken back while they have not been reported
    Unreported,
    /// They are taken back, and refunded where they have been reported
    Always,
}

/// A length of time, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Patience(Option<Duration>);

impl Settings {
    /// Sets a server up.
    pub(super) fn apply(&self, config: Config) -> Config {
        let mut config = config;
        config.units = self.units.into();
        for kind in &self.cannot_meter {
            config.supported_units.remove(&(*kind).into());
        }
        config.units_at = match self.units_at {
            Place::Command => UnitsAt::Command,
            Place::Mscc => UnitsAt::Mscc,
        };
        config.request = self.request;
        for (field, said) in [
            (&mut config.service_context_id, &self.service_context),
            (&mut config.origin_host, &self.origin_host),
            (&mut config.origin_realm, &self.origin_realm),
            (&mut config.destination_realm, &self.destination_realm),
        ] {
            if let Some(said) = said {
                field.clone_from(said);
            }
        }
        config.tx = self.tx;
        config.late_answer = self.late_answer;
        config.watchdog = self.watchdog.0;
        config.failure_handling = match self.failure_handling {
            Failing::Terminate => FailureHandling::Terminate,
            Failing::Continue => FailureHandling::Continue,
            Failing::RetryAndTerminate => FailureHandling::RetryAndTerminate,
        };
        config.debit_failure = match self.debit_failure {
            Debiting::TerminateOrBuffer => DebitFailure::TerminateOrBuffer,
            Debiting::Continue => DebitFailure::Continue,
        };
        config.refund = match self.refund {
            Refunding::Never => Refund::Never,
            Refunding::Unreported => Refund::Unreported,
            Refunding::Always => Refund::Always,
        };
        config.counts_incoming = self.count_incoming;
        if self.count_notices {
            config.free_types.clear();
        }
        config.im_information = !self.no_im_information;
        config.page_mode = !self.no_page_mode;
        config.inactivity = self.inactivity;
        config.session_expires = self.session_expires;
        config.min_session_expires = self.min_session_expires;
        config.media_loss = self.media_loss.map_or(MediaLoss::Wait, MediaLoss::EndAfter);
        if !self.accept.is_empty() {
            config.accept_types.clone_from(&self.accept);
        }
        config.max_size = self.max_size;
        config
    }
}

impl From<Kind> for Units {
    fn from(kind: Kind) -> Units {
        match kind {
            Kind::Messages => Units::Messages,
            Kind::Octets => Units::Octets,
            Kind::Seconds => Units::Seconds,
        }
    }
}

fn time_or_none(text: &str) -> Result<Patience, String> {
    match text {
        "none" => Ok(Patience(None)),
        text => time(text).map(|time| Patience(Some(time))),
    }
}

/// A length of time such as `500ms`, `2s` or `5min`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "a length of time is written 500ms, 2s or 5min".to_owned();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit.trim_start() {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        _ => return Err(wrong()),
    };
    let millis = number.checked_mul(millis).ok_or_else(wrong)?;
    Ok(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn config(arguments: &[&str]) -> Config {
        let line = Line::try_parse_from(["serve"].iter().chain(arguments));
        line.unwrap().settings.apply(Config::default())
    }

    #[test]
    fn without_options_the_server_is_the_default_one() {
        assert_eq!(config(&[]), Config::default());
    }

    #[test]
    fn each_option_sets_something() {
        let options: &[&[&str]] = &[
            &["--units", "seconds"],
            &["--cannot-meter", "octets"],
            &["--units-at", "mscc"],
            &["--request", "0"],
            &["--service-context", "x@y"],
            &["--origin-host", "x"],
            &["--origin-realm", "x"],
            &["--destination-realm", "x"],
            &["--tx", "500ms"],
            &["--late-answer", "5min"],
            &["--watchdog", "none"],
            &["--watchdog", "2 s"],
            &["--failure-handling", "continue"],
            &["--debit-failure", "continue"],
            &["--refund", "always"],
            &["--count-incoming"],
            &["--count-notices"],
            &["--no-im-information"],
            &["--no-page-mode"],
            &["--inactivity", "1s"],
            &["--session-expires", "90s"],
            &["--min-session-expires", "90s"],
            &["--media-loss", "1s"],
            &["--accept", "text/html"],
            &["--max-size", "5"],
        ];
        for option in options {
            assert_ne!(config(option), Config::default(), "{option:?}");
        }
        assert_eq!(config(&["--tx", "500ms"]).tx, Duration::from_millis(500));
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1h",
            "99999999999999999999s",
            "18446744073709551615min",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
