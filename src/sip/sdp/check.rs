//! The faults of a session description for a message session.

use super::description::{Description, Section};
use super::media::{MediaError, MessageMedia, Setup};
use crate::sip::fault::{Fault, Severity};

pub(super) fn faults(sdp: &Description) -> Vec<Fault> {
    let mut faults = Vec::new();
    lines(sdp, &mut faults);
    for (kind, name) in [(b'v', "v="), (b'o', "o="), (b's', "s="), (b't', "t=")] {
        if sdp.session_line(kind).is_none() {
            faults.push(fault(
                "sdp-missing",
                "RFC 4566 5",
                0..0,
                format!("no {name} line"),
            ));
        }
    }
    if let Some(version) = sdp.session_line(b'v')
        && version != "0"
    {
        let text = "protocol version is not 0".to_owned();
        faults.push(fault("sdp-version", "RFC 4566 5.1", 0..0, text));
    }
    for section in sdp.media() {
        media(&section, &mut faults);
    }
    faults
}

fn lines(sdp: &Description, faults: &mut Vec<Fault>) {
    for line in sdp.lines() {
        let at = line.whole.clone();
        if line.kind == 0 {
            let text = "line is not <type>=<value>".to_owned();
            faults.push(fault("sdp-line", "RFC 4566 5", at, text));
        } else if !line.ends_in_crlf {
            // CR LF ends a record; a parser SHOULD take a lone LF too (RFC 4566 5).
            let text = "line does not end in CR LF".to_owned();
            let mut lenient = fault("sdp-line-end", "RFC 4566 5", at, text);
            lenient.severity = Severity::Should;
            faults.push(lenient);
        }
    }
}

fn media(section: &Section<'_>, faults: &mut Vec<Fault>) {
    let line = &section.lines()[0];
    let at = line.whole.clone();
    let media = match MessageMedia::of(section) {
        Ok(media) => media,
        Err(MediaError::NotMessage) => return,
        Err(error) => {
            let (code, clause) = match error {
                MediaError::NotMessage | MediaError::NotMsrp => ("sdp-proto", "RFC 4975 8.1"),
                MediaError::BadPort => ("sdp-port", "RFC 4566 5.14"),
                MediaError::NoAddress => ("sdp-address", "RFC 4566 5.7"),
                MediaError::NoPath => ("sdp-path", "RFC 4975 8.2"),
                MediaError::BadMaxSize => ("sdp-max-size", "RFC 4975 8.6"),
                MediaError::BadSetup => ("sdp-setup", "RFC 4145 4"),
            };
            faults.push(fault(code, clause, at, error.to_string()));
            return;
        }
    };
    if media.port == 0 {
        return;
    }
    if media.accept_types.is_empty() {
        let text = "no accept-types attribute".to_owned();
        faults.push(fault("sdp-accept-types", "RFC 4975 8.6", at.clone(), text));
    }
    if !section.formats().eq(["*"]) {
        let text = "format list is not *".to_owned();
        faults.push(fault("sdp-format", "RFC 4975 8.1", at.clone(), text));
    }
    // The last URI is the endpoint's own; those before it are relays.
    let Some(own) = media.path.last() else {
        return;
    };
    // The side that connects may put the discard port 9 where nobody will connect to (RFC 4145
    // 4.1, RFC 6135 4.2.2).
    let discard = media.setup == Some(Setup::Active) && media.port == 9;
    match msrp_port(own) {
        None => {
            let text = "last URI of path is not an MSRP URI with a port".to_owned();
            faults.push(fault("sdp-path", "RFC 4975 8.2", at, text));
        }
        // With relays in the path the port may be that of the first, which is where peers connect.
        Some(port) if port != media.port && !discard && media.path.len() == 1 => {
            let text = format!("m= line says port {}, path says {port}", media.port);
            faults.push(fault("sdp-path-port", "RFC 4975 8.1", at, text));
        }
        Some(_) => {}
    }
}

/// The port of an MSRP URI, which a description must state: there is no default (RFC 4975 6,
/// 8.2).
fn msrp_port(uri: &str) -> Option<u16> {
    let (scheme, rest) = uri.split_once("://")?;
    if !["msrp", "msrps"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let authority = rest.split(['/', ';']).next()?;
    let host = authority.rsplit('@').next()?;
    let after_bracket = host.rsplit(']').next()?;
    after_bracket.rsplit_once(':')?.1.parse().ok()
}

fn fault(
    code: &'static str,
    clause: &'static str,
    bytes: std::ops::Range<usize>,
    text: String,
) -> Fault {
    Fault {
        code,
        severity: Severity::Must,
        bytes,
        clause,
        text,
    }
}
