//! Work outside the network: the operator's commands, and the operator.

use std::io::{BufRead, IsTerminal, Write};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Someone who is asked to do something and confirms it.
pub trait Operator: Send + Sync {
    /// Asks, and waits for the answer; on a thread of its own.
    ///
    /// # Errors
    ///
    /// The reason where nobody can be asked or the operator declines.
    fn ask(&self, text: &str) -> Result<String, String>;
}

/// The operator at the terminal: asked on standard error, answering with a line on standard input.
#[derive(Debug, Default)]
pub struct Terminal {
    one_at_a_time: Mutex<()>,
}

impl Operator for Terminal {
    fn ask(&self, text: &str) -> Result<String, String> {
        let _turn = self
            .one_at_a_time
            .lock()
            .map_err(|_| "the prompt is broken".to_owned())?;
        let input = std::io::stdin();
        if !input.is_terminal() {
            return Err("nobody to ask: standard input is not a terminal".to_owned());
        }
        let shown: String = text.chars().flat_map(escape).collect();
        // A text that ends as a question does says itself what may be answered.
        let rest = match shown.ends_with(": ") {
            true => "",
            false => "\nPress Enter when done: ",
        };
        write!(std::io::stderr(), "{shown}{rest}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        match input.lock().read_line(&mut line) {
            Ok(0) => Err("standard input was closed".to_owned()),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Runs a program, without a shell, and gives what it printed, cut after `limit` bytes.
///
/// The program is killed when the future is dropped or `timeout` has passed.
pub(super) async fn run_command(
    argv: Vec<String>,
    limit: usize,
    timeout: Duration,
) -> Result<String, String> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot start {program:?}: {error}"))?;
    let output = child.stdout.take();
    let errors = child.stderr.take();
    let work = async {
        let (output, errors) = tokio::join!(first_bytes(output, limit), first_bytes(errors, limit));
        (output, errors, child.wait().await)
    };
    let Ok((output, errors, status)) = tokio::time::timeout(timeout, work).await else {
        return Err(format!(
            "{program:?} did not end within {} s",
            timeout.as_secs()
        ));
    };
    let status = status.map_err(|error| format!("cannot wait for {program:?}: {error}"))?;
    if status.success() {
        return Ok(output);
    }
    let reason = errors.trim();
    let colon = if reason.is_empty() { "" } else { ": " };
    Err(format!("{program:?} ended with {status}{colon}{reason}"))
}

/// Reads to the end and keeps the first `limit` bytes.
async fn first_bytes(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> String {
    let Some(mut pipe) = pipe else {
        return String::new();
    };
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let room = limit - kept.len();
        kept.extend_from_slice(&buffer[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// A prompt may hold what a peer sent; it must not drive the terminal.
fn escape(character: char) -> Vec<char> {
    if character.is_control() && character != '\n' {
        character.escape_default().collect()
    } else {
        vec![character]
    }
}
