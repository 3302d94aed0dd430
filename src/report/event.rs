//! An event of a trace in a line, for whoever follows a run.

use crate::ch2::Binding;
use crate::diameter::Dictionary;
use crate::engine::{self, Event, Message, Standing, What};
use crate::scenario::Step;

use super::{Style, escape, fields, words};

/// The event in a line: `client     -> SIP INVITE  [invite] a.yaml:12`. The arrow points to the
/// server or away from it. `step` is the one that the event meets or carries out. What came from the
/// server is escaped.
pub fn line(event: &Event, step: Option<&Step>, binding: &Binding, style: &Style) -> String {
    let (arrow, text, remark) = match &event.what {
        What::Received {
            message, standing, ..
        } => {
            let remark = match (standing, step) {
                (Standing::Repeated, _) => "(again)",
                (Standing::Background, _) => "(background)",
                (Standing::Flow, None) => "(meets no step)",
                (Standing::Flow, Some(_)) => "",
            };
            ("<-", engine::describe(message, binding), remark)
        }
        What::Sent {
            message, repeated, ..
        } => {
            let remark = match (repeated, step) {
                (true, _) => "(again)",
                (false, None) => "(by itself)",
                (false, Some(_)) => "",
            };
            ("->", engine::describe(message, binding), remark)
        }
        What::Path {
            what, by_server, ..
        } => (if *by_server { "<-" } else { "  " }, what.clone(), ""),
        What::Due(_) => ("  ", begun(step), ""),
        What::Done(_) => ("  ", format!("done: {}", action(step)), ""),
        What::Expired(_) => ("  ", format!("its time is over: {}", action(step)), ""),
        What::Impossible { reason, .. } => {
            let text = format!("cannot be done: {}: {reason}", action(step));
            ("  ", text, "")
        }
        What::FlowOver => (
            "  ",
            "the flow is over; what stands is ended".to_owned(),
            "",
        ),
        What::Slow(took) => {
            let text = format!("a watchdog was answered after {} ms", took.as_millis());
            ("  ", text, "")
        }
        What::CutShort(reason) => ("  ", format!("cut short: {reason}"), ""),
    };
    let place = step.map(|step| {
        let label = step
            .name()
            .map(|label| format!("[{label}] "))
            .unwrap_or_default();
        format!("{label}{}:{}", step.place.source.path, step.place.line)
    });
    let place = place.map(|place| escape::clipped(&place, 200));
    let mark = [place.as_deref().unwrap_or(""), remark];
    let mark: Vec<&str> = mark.into_iter().filter(|part| !part.is_empty()).collect();
    let text = escape::clipped(&text, 300);
    let party = event.party.name();
    if mark.is_empty() {
        return format!("{party:<9} {arrow} {text}");
    }
    format!("{party:<9} {arrow} {text}  {}", style.dim(&mark.join(" ")))
}

/// The message of the event, field by field; empty where it has none.
pub fn decoded(event: &Event, dictionary: &Dictionary, style: &Style) -> String {
    let mut out = String::new();
    let (What::Received { message, .. } | What::Sent { message, .. }) = &event.what else {
        return out;
    };
    match message {
        Message::Sip(message) => fields::write(&mut out, &message.fields(), message.raw(), style),
        Message::Msrp(message) => fields::write(&mut out, &message.fields(), message.raw(), style),
        Message::Diameter(message) => {
            fields::write(&mut out, &message.fields(dictionary), message.raw(), style);
        }
        Message::Garbage { bytes, .. } => {
            let text = String::from_utf8_lossy(bytes);
            out.push_str(&format!("       {}\n", escape::clipped(&text, 300)));
        }
    }
    out
}

/// When it happened, in seconds since the run began: `   12.345`.
pub fn time(event: &Event) -> String {
    let millis = event.at.as_micros() / 1000;
    format!("{:>5}.{:03}", millis / 1000, millis % 1000)
}

fn action(step: Option<&Step>) -> String {
    step.map(|step| step.action.to_string()).unwrap_or_default()
}

fn begun(step: Option<&Step>) -> String {
    let within = step.and_then(|step| step.within.as_ref());
    let limit = within.map(|length| match length.fixed() {
        Some(time) => format!(", within {}", words::duration(time)),
        None => format!(", within {length}"),
    });
    format!("begins: {}{}", action(step), limit.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::io::Time;
    use crate::scenario::Party;
    use crate::sip;

    #[test]
    fn what_the_server_wrote_moves_no_cursor() {
        let bytes =
            b"SIP/2.0 486 Busy\x1b[2J\xe2\x80\xae\r\nX: \x1b]0;t\x07\r\nCSeq: 1 \x1bA\r\n\r\n";
        let event = Event {
            at: Time::from_millis(61_007),
            session: 0,
            party: Party::Client,
            what: What::Received {
                path: 1,
                message: Message::Sip(sip::Message::decode(Bytes::from_static(bytes))),
                standing: Standing::Flow,
            },
        };
        let style = Style::plain();
        let shown = line(&event, None, &Binding::default(), &style);
        assert!(
            shown.starts_with("client    <- SIP 486 Busy\\x1b[2J\\u{202e}"),
            "{shown}"
        );
        assert!(shown.ends_with("  (meets no step)"), "{shown}");
        assert_eq!(time(&event), "   61.007");
        let fields = decoded(&event, Dictionary::default(), &style);
        assert!(fields.contains("\\x1b]0;t\\x07"), "{fields}");
        assert!(
            !fields.chars().any(|c| c.is_control() && c != '\n'),
            "{fields:?}"
        );
    }
}
