//! A ladder as a sequence diagram of Mermaid, which many documents draw themselves.

use std::fmt::Write;

use crate::report::escape;
use crate::scenario::{Ladder, Mark, Row};

/// The ladder as a `sequenceDiagram`. What the file says is escaped.
pub fn mermaid(ladder: &Ladder) -> String {
    let mut out = String::from("sequenceDiagram\n");
    let _ = writeln!(out, "  accTitle: {}", text(&ladder.title));
    let _ = writeln!(out, "  title {}", text(&ladder.title));
    for (index, name) in ladder.columns.iter().enumerate() {
        let _ = writeln!(out, "  participant p{index} as {name}");
    }
    let last = ladder.columns.len() - 1;
    // Neighbours that belong to the flow under the same condition share a frame.
    let mut open: &[String] = &[];
    for row in &ladder.rows {
        if row.conditions != open {
            if !open.is_empty() {
                out.push_str("  end\n");
            }
            open = &row.conditions;
            if !open.is_empty() {
                let _ = writeln!(out, "  opt {}", text(&open.join(", ")));
            }
        }
        let indent = if open.is_empty() { "  " } else { "    " };
        let _ = writeln!(out, "{indent}{}", line(row, last));
    }
    if !open.is_empty() {
        out.push_str("  end\n");
    }
    out
}

fn line(row: &Row, last: usize) -> String {
    let label = row.label.iter().map(|label| format!("[{label}]"));
    let remarks: Vec<String> = label.chain(row.order.iter().cloned()).collect();
    let remarks = match remarks.is_empty() {
        true => String::new(),
        false => format!("<br/>{}", text(&remarks.join("  "))),
    };
    match &row.mark {
        Mark::Arrow {
            from,
            to,
            text: words,
            absent,
        } => {
            let arrow = if *absent { "--x" } else { "->>" };
            format!("p{from}{arrow}p{to}: {}{remarks}", text(words))
        }
        Mark::Event { at, text: words } => format!("Note over p{at}: {}{remarks}", text(words)),
        Mark::Rule(words) => format!("Note over p0,p{last}: {}", text(words)),
    }
}

/// Text of which Mermaid takes nothing for its own: everything but letters, digits and harmless marks
/// as the code of the character.
fn text(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for c in escape::terminal(words).chars() {
        if c.is_alphanumeric() || " '()[],./_-".contains(c) {
            safe.push(c);
        } else {
            let _ = write!(safe, "#{};", u32::from(c));
        }
    }
    safe
}
