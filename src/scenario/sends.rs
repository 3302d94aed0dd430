//! What the messages of the client and of the far end hold, as far as a file says it.

use bytes::Bytes;

use super::attached::digits;
use super::diagnostic::Diagnostic;
use super::exact::Exact;
use super::expr::Sort;
use super::lower::{Head, Lowering, party};
use super::model::{Expr, HeaderChange, Outgoing, Over, Party, SipBody};
use super::node::{Node, Style, Value};
use super::reader::short;
use super::step_keys::StepKind;
use super::unfold::Raw;

/// Media type of a body where a file says none.
const TEXT: &str = "text/plain";
/// Media type whose lines end in CRLF (RFC 8866 section 5), whatever the file's own lines end in.
const SDP: &str = "application/sdp";

/// Octets of one UDP datagram over IPv4.
const MOST_SIP_BYTES: usize = 65_507;

impl Lowering<'_> {
    /// What an `MSRP SEND` holds.
    pub(super) fn msrp_send(&mut self, raw: &Raw) -> Option<Outgoing> {
        let body = self.body(raw)?;
        let none = raw.get("body").is_some_and(|(_, node)| is_none(node));
        let content_type = match raw.get("content type") {
            Some((key, _)) if none => {
                let text = "there is no body whose type this could be";
                self.problems.error("key-not-here", &key.place, text);
                None
            }
            Some((_, node)) => Some(self.expr(node, Sort::Text, "`content type`")?),
            None => body.is_some().then(|| Expr::Text(TEXT.to_owned())),
        };
        let mut chunk_size = None;
        if let Some((key, node)) = raw.get("chunk size") {
            let size = self.problems.number(node, "`chunk size`", 1 << 20)?;
            if size == 0 {
                self.problems.error(
                    "out-of-range",
                    &node.place,
                    "a chunk has at least one octet",
                );
            }
            if body.as_ref().is_none_or(Bytes::is_empty) {
                let text = "there is no body to cut into chunks";
                self.problems.error("key-not-here", &key.place, text);
            }
            chunk_size = usize::try_from(size).ok();
        }
        let length = body.as_ref().map_or(0, Bytes::len);
        let abort_after = match raw.get("abort after") {
            Some((key, node)) => self.abort_after(key, node, length, chunk_size),
            None => None,
        };
        let failure_report = match raw.get("failure report") {
            Some((_, node)) => {
                let words = ["yes", "no", "partial"];
                Some(
                    self.problems
                        .word(node, "`failure report`", &words)?
                        .to_owned(),
                )
            }
            None => None,
        };
        let success_report = match raw.get("success report") {
            Some((_, node)) => self.problems.boolean(node, "`success report`")?,
            None => false,
        };
        let headers = self.header_changes(raw)?;
        Some(Outgoing::MsrpSend {
            body: body.unwrap_or_default(),
            content_type,
            chunk_size,
            abort_after,
            failure_report,
            success_report,
            headers,
        })
    }

    /// `body:` and `content type:` of a SIP request; `Some(None)` where the file says neither.
    pub(super) fn sip_body(&mut self, raw: &Raw) -> Option<Option<SipBody>> {
        let Some(bytes) = self.body(raw)? else {
            if let Some((key, _)) = raw.get("content type") {
                let text = "there is no body whose type this could be";
                self.problems.error("key-not-here", &key.place, text);
            }
            return Some(None);
        };
        let content_type = match raw.get("content type") {
            Some((_, node)) => self.expr(node, Sort::Text, "`content type`")?,
            None => Expr::Text(TEXT.to_owned()),
        };
        let sdp = matches!(&content_type, Expr::Text(text) if text.eq_ignore_ascii_case(SDP));
        let bytes = if sdp { with_crlf(&bytes) } else { bytes };
        Some(Some(SipBody {
            bytes,
            content_type,
        }))
    }

    /// `abort after:`. What is given up must be known to be incomplete by what was sent of it.
    fn abort_after(
        &mut self,
        key: &Node,
        node: &Node,
        length: usize,
        chunk_size: Option<usize>,
    ) -> Option<usize> {
        let after = self.problems.number(node, "`abort after`", 1 << 20)?;
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let Some(size) = chunk_size.filter(|size| *size > 0) else {
            let text = "without `chunk size` there is one chunk, and nothing to give up";
            self.problems.error("key-not-here", &key.place, text);
            return None;
        };
        let chunks = length.div_ceil(size);
        if after.saturating_add(2) > chunks {
            let text = format!(
                "the message has {chunks} chunks: after {after} and one more nothing is left to \
                 give up"
            );
            self.problems.error("out-of-range", &node.place, text);
        }
        Some(after)
    }

    /// `body`, `body hex` or `body file` of a message that is sent; `Some(None)` where there is none
    /// of them, or `body: none`.
    fn body(&mut self, raw: &Raw) -> Option<Option<Bytes>> {
        let mut found = None;
        for name in ["body", "body hex", "body file"] {
            let Some((key, node)) = raw.get(name) else {
                continue;
            };
            if found.is_some() {
                let text = "this message has a body already";
                self.problems.error("two-bodies", &key.place, text);
                return None;
            }
            found = Some(match name {
                "body" if is_none(node) => None,
                "body" => Some(self.written_body(key, node)?),
                "body hex" => Some(self.problems.hex(node, "`body hex`")?),
                _ => Some(self.problems.attached(node, "`body file`")?),
            });
        }
        Some(found.flatten())
    }

    /// `bytes`, `hex` or `file` of bytes that are sent.
    pub(super) fn exact_bytes(&mut self, raw: &Raw, over: Over) -> Option<Exact> {
        let fills = raw.get("fill in").is_some_and(|(_, node)| {
            let said = self.problems.boolean(node, "`fill in`");
            said.unwrap_or_default()
        });
        let mut found = None;
        for name in ["bytes", "hex", "file"] {
            let Some((key, node)) = raw.get(name) else {
                continue;
            };
            if found.is_some() {
                let text = "this step says already what is sent";
                self.problems.error("two-bodies", &key.place, text);
                return None;
            }
            let exact = match name {
                "bytes" if fills => {
                    let text = self.written_body(key, node)?;
                    let text = std::str::from_utf8(&text).unwrap_or_default();
                    let literal = |text: &str| Some(Bytes::copy_from_slice(text.as_bytes()));
                    self.problems.with_blanks(node, text, over, literal)?
                }
                "hex" if fills => {
                    let text = self.problems.text(node, "`hex`")?;
                    self.problems.with_blanks(node, text, over, digits)?
                }
                "file" if fills => {
                    let text = "`fill in` is for `bytes` and `hex`: a file is sent as it is";
                    let (key, _) = raw.get("fill in")?;
                    self.problems.error("key-not-here", &key.place, text);
                    return None;
                }
                "bytes" => Exact::from(self.written_body(key, node)?),
                "hex" => Exact::from(self.problems.hex(node, "`hex`")?),
                _ => Exact::from(self.problems.attached(node, "`file`")?),
            };
            found = Some((node, exact));
        }
        let Some((node, exact)) = found else {
            let place = self.steps[self.current].key.place.clone();
            let text = "nothing says which bytes are sent";
            let problem = Diagnostic::error("missing-key", place, text);
            self.problems
                .push(problem.help("add `bytes`, `hex` or `file`"));
            return None;
        };
        let bytes = exact.sample();
        if bytes.is_empty() || (over == Over::Sip && bytes.len() > MOST_SIP_BYTES) {
            let text = match over {
                Over::Sip => format!("SIP takes 1 to {MOST_SIP_BYTES} octets at once"),
                Over::Msrp | Over::Ch2 => "at least one octet is sent".to_owned(),
            };
            self.problems.error("out-of-range", &node.place, text);
            return None;
        }
        Some(exact)
    }

    /// `status:` of a REPORT that is sent (RFC 4975 7.1.2: three digits).
    pub(super) fn report_status(&mut self, raw: &Raw) -> Option<u16> {
        let Some((_, node)) = raw.get("status") else {
            return Some(200);
        };
        let status = self.problems.number(node, "`status`", 999)?;
        if status < 200 {
            let text = "the status of a report goes from 200 to 999";
            self.problems.error("out-of-range", &node.place, text);
            return None;
        }
        u16::try_from(status).ok()
    }

    /// `body:` of a message that is sent: text as written.
    fn written_body(&mut self, key: &Node, node: &Node) -> Option<Bytes> {
        let reference = node
            .scalar()
            .is_some_and(|t| t.starts_with('$') && !t.starts_with("$$"));
        if reference {
            let text = "the body of a message that is sent must be text as written";
            let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
            self.problems
                .push(problem.help("text that begins with `$` begins with `$$`"));
            return None;
        }
        let quoted = matches!(&node.value, Value::Scalar { style, .. } if *style != Style::Plain);
        let text = match node.scalar() {
            Some("") if quoted => "",
            _ => self
                .problems
                .text(node, &format!("`{}`", key.scalar().unwrap_or("body")))?,
        };
        self.problems.ambiguous(node);
        let text = text
            .strip_prefix('$')
            .filter(|t| t.starts_with('$'))
            .unwrap_or(text);
        Some(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// `headers:` of a message that is sent.
    pub(super) fn header_changes(&mut self, raw: &Raw) -> Option<Vec<HeaderChange>> {
        let Some((_, node)) = raw.get("headers") else {
            return Some(Vec::new());
        };
        let entries = self.problems.map(node, "`headers`")?;
        if entries.is_empty() {
            let text = "no header is named here";
            self.problems.error("empty-map", &node.place, text);
        }
        let mut changes: Vec<HeaderChange> = Vec::new();
        for (key, value) in entries {
            let name = self.header(key, key.scalar().unwrap_or_default())?;
            let absent = matches!(
                &value.value,
                Value::Scalar { text, style: Style::Plain } if &**text == "absent"
            );
            let value = match absent {
                true => None,
                false => Some(self.header_value(value, &name)?),
            };
            if changes.iter().any(|known| known.name == name) {
                let text = format!("`{name}` is there twice");
                self.problems.error("duplicate-key", &key.place, text);
                return None;
            }
            changes.push(HeaderChange { name, value });
        }
        Some(changes)
    }

    fn header_value(&mut self, node: &Node, name: &str) -> Option<Expr> {
        if let Value::Map(_) | Value::List(_) = node.value {
            let text = format!("`{name}` is sent, so it needs a value and not a check");
            let problem = Diagnostic::error("wrong-kind", node.place.clone(), text);
            let help = "write the value, or `absent` to leave the header out";
            self.problems.push(problem.help(help));
            return None;
        }
        let expr = self.expr(node, Sort::Text, &format!("`{name}`"))?;
        if let Expr::Text(text) = &expr
            && text.contains(['\r', '\n', '\0'])
        {
            let text = format!("the value of `{name}` goes over more than one line");
            self.problems.error("value-type", &node.place, text);
            return None;
        }
        Some(expr)
    }

    /// `sends again:`, the label of what was sent before.
    pub(super) fn sent_before(&mut self, raw: &Raw, of: Party) -> Option<String> {
        let node = &raw.value;
        let text = self.problems.text(node, "a label")?;
        let fits = |head: &Head| {
            let message = matches!(
                head.kind,
                StepKind::SendSipRequest
                    | StepKind::SendSipResponse
                    | StepKind::SendMsrp
                    | StepKind::SendReport
                    | StepKind::SendBytes
                    | StepKind::SendMsrpResponse
            );
            message && party(&head.action) == Some(of)
        };
        let wanted = format!("a message that the {of} sends");
        let label = self.partner_in_session(node, text, fits, &wanted)?;
        self.in_one_alternative(node, text, false)?;
        let (_, steps) = self.label(node, text)?;
        let below = steps.iter().all(|step| *step > self.current);
        if below {
            let place = Some(self.steps[steps[0]].place.clone());
            let text = format!("step `{}` stands below: nothing was sent yet", short(text));
            let problem = Diagnostic::error("wrong-partner", node.place.clone(), text);
            self.problems.push(problem.note("it stands here", place));
            return None;
        }
        Some(label)
    }

    /// Refuses what is sent again and is no SEND as a request that an MSRP response is for.
    pub(super) fn repeats_a_send(&mut self, node: &Node, text: &str) {
        let Some((_, steps)) = self.label(node, text) else {
            return;
        };
        for step in steps {
            let is_again = self.heads[step]
                .as_ref()
                .is_some_and(|head| head.kind == StepKind::SendAgain);
            let first = self.steps[step].value.scalar().filter(|_| is_again);
            let Some(first) = first else { continue };
            let found = self.labels.find(self.steps[step].scope, first);
            let is_send = |at: &usize| {
                let head = self.heads[*at].as_ref();
                head.is_none_or(|head| head.kind == StepKind::SendMsrp)
            };
            if !found.iter().all(is_send) {
                let text = format!("step `{}` sends no SEND again", short(text));
                self.problems.error("wrong-partner", &node.place, text);
            }
        }
    }

    /// `unanswered:`.
    pub(super) fn unanswered(&mut self, raw: &Raw) -> bool {
        raw.get("unanswered")
            .and_then(|(_, node)| self.problems.boolean(node, "`unanswered`"))
            .unwrap_or_default()
    }

    /// Refuses an answer to a request that is to have none.
    pub(super) fn not_silenced(&mut self, node: &Node, text: &str) {
        let Some((_, steps)) = self.label(node, text) else {
            return;
        };
        let silenced = steps.iter().find(|step| !self.steps[**step].is_answered());
        if let Some(step) = silenced {
            let place = Some(self.steps[*step].place.clone());
            let text = format!("step `{}` is `unanswered`", short(text));
            let problem = Diagnostic::error("answers-the-unanswered", node.place.clone(), text);
            let problem = problem.help("leave out `unanswered`, or this answer");
            self.problems.push(problem.note("the request", place));
        }
    }
}

/// Whether a message is to have no body.
fn is_none(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar { text, style: Style::Plain } if &**text == "none")
}

/// The same text with every line ended by CRLF.
fn with_crlf(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + 16);
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'\n' && (at == 0 || text[at - 1] != b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out.into()
}
