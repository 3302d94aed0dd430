//! The operator's Ctrl-C.

use tokio::sync::watch;

/// Counts the interrupts of an operator. Clones count together.
///
/// The first asks every machine to wind up; the second ends every run at once.
#[derive(Clone, Debug)]
pub struct Interrupts {
    count: watch::Sender<usize>,
}

impl Interrupts {
    /// No interrupt yet.
    pub fn new() -> Interrupts {
        Interrupts {
            count: watch::Sender::new(0),
        }
    }

    /// Counts each Ctrl-C of the terminal from now on, which no longer ends the process by itself.
    ///
    /// Call it inside a tokio runtime.
    pub fn on_ctrl_c() -> Interrupts {
        let interrupts = Interrupts::new();
        let counted = interrupts.clone();
        // Here and not in the task: whoever sees the harness at work may interrupt it.
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            signal(SignalKind::interrupt())
        };
        tokio::spawn(async move {
            #[cfg(unix)]
            if let Ok(mut signals) = signals {
                while signals.recv().await.is_some() {
                    counted.interrupt();
                }
            }
            #[cfg(not(unix))]
            while tokio::signal::ctrl_c().await.is_ok() {
                counted.interrupt();
            }
        });
        interrupts
    }

    /// Counts one interrupt.
    pub fn interrupt(&self) {
        self.count.send_modify(|count| *count += 1);
    }

    /// How many there have been.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until there have been more than `seen`.
    pub async fn more_than(&self, seen: usize) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|&count| count > seen).await;
    }
}

impl Default for Interrupts {
    fn default() -> Interrupts {
        Interrupts::new()
    }
}
