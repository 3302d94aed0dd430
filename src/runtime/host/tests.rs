use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::runtime::Interrupts;

const LISTENER: SocketId = SocketId(1);

/// A machine made of a closure, which tells a test what it was told.
struct Scripted<F> {
    outputs: VecDeque<Output>,
    on_input: F,
    told: UnboundedSender<(Time, Input)>,
    timeout: Option<Time>,
    finished: bool,
}

/// What a script may do.
struct Act<'a> {
    outputs: &'a mut VecDeque<Output>,
    finished: &'a mut bool,
}

impl<F: FnMut(&Input, Act<'_>)> Machine for Scripted<F> {
    fn handle(&mut self, now: Time, input: Input) {
        let act = Act {
            outputs: &mut self.outputs,
            finished: &mut self.finished,
        };
        (self.on_input)(&input, act);
        let _ = self.told.send((now, input));
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.timeout
    }

    fn handle_timeout(&mut self, now: Time) {
        assert!(
            self.timeout.take().is_some_and(|due| due <= now),
            "told before its time"
        );
        self.finished = true;
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}

fn scripted<F: FnMut(&Input, Act<'_>)>(
    outputs: impl IntoIterator<Item = Output>,
    on_input: F,
) -> (Scripted<F>, UnboundedReceiver<(Time, Input)>) {
    let (told, heard) = unbounded_channel();
    let outputs = outputs.into_iter().collect();
    (
        Scripted {
            outputs,
            on_input,
            told,
            timeout: None,
            finished: false,
        },
        heard,
    )
}

fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn listen() -> Output {
    Output::ListenTcp {
        socket: LISTENER,
        addr: anywhere(),
    }
}

async fn bound(heard: &mut UnboundedReceiver<(Time, Input)>) -> SocketAddr {
    match heard.recv().await {
        Some((_, Input::Bound { local, .. })) => local,
        other => panic!("not bound: {other:?}"),
    }
}

/// Runs a machine that closes its work when the test's side has ended.
async fn beside<F: FnMut(&Input, Act<'_>), T>(
    mut machine: Scripted<F>,
    options: HostOptions,
    test: impl Future<Output = T>,
) -> T {
    tokio::select! {
        ended = run(&mut machine, options) => panic!("the run ended: {ended:?}"),
        result = test => result,
    }
}

/// Sends back what it receives, and closes what the peer closes.
fn echo(input: &Input, act: Act<'_>) {
    if let Input::Received { conn, bytes } = input {
        act.outputs.push_back(Output::Send {
            conn: *conn,
            bytes: bytes.clone(),
        });
    }
}

#[tokio::test]
async fn echoes_over_many_connections() {
    let (machine, mut heard) = scripted([listen()], echo);
    beside(machine, HostOptions::default(), async {
        let addr = bound(&mut heard).await;
        let mut peers = Vec::new();
        for index in 0..20_u8 {
            let mut peer = TcpStream::connect(addr).await.unwrap();
            peer.write_all(&[index; 1000]).await.unwrap();
            peers.push(peer);
        }
        for (index, mut peer) in peers.into_iter().enumerate() {
            let mut back = [0; 1000];
            peer.read_exact(&mut back).await.unwrap();
            assert_eq!(back, [index as u8; 1000]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    // Bound, so that nobody else can have the port, and not listening.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind(anywhere()).unwrap();
    let unused = silent.local_addr().unwrap();
    let conn = ConnId(1);
    let (mut machine, mut heard) = scripted([Output::Connect { conn, to: unused }], |_, act| {
        *act.finished = true
    });
    assert_eq!(
        run(&mut machine, HostOptions::default()).await,
        Ended::Finished
    );
    let how = Closed::Refused;
    assert_eq!(heard.recv().await.unwrap().1, Input::Closed { conn, how });
}

#[tokio::test]
async fn what_was_received_comes_before_the_word_that_it_is_closed() {
    let (machine, mut heard) = scripted([listen()], |_, _| ());
    beside(machine, HostOptions::default(), async {
        let addr = bound(&mut heard).await;
        let mut peer = TcpStream::connect(addr).await.unwrap();
        peer.write_all(b"last words").await.unwrap();
        drop(peer);
        let Some((_, Input::Accepted { conn, .. })) = heard.recv().await else {
            panic!()
        };
        let Some((_, Input::Received { bytes, .. })) = heard.recv().await else {
            panic!()
        };
        assert_eq!(bytes, "last words");
        let how = Closed::ByPeer;
        assert_eq!(heard.recv().await.unwrap().1, Input::Closed { conn, how });
    })
    .await;
}

#[tokio::test]
async fn a_reset_is_told_from_a_close() {
    let (machine, mut heard) = scripted([listen()], |_, _| ());
    beside(machine, HostOptions::default(), async {
        let addr = bound(&mut heard).await;
        let peer = TcpStream::connect(addr).await.unwrap();
        let Some((_, Input::Accepted { conn, .. })) = heard.recv().await else {
            panic!()
        };
        peer.set_zero_linger().unwrap();
        drop(peer);
        let how = Closed::Reset;
        assert_eq!(heard.recv().await.unwrap().1, Input::Closed { conn, how });
    })
    .await;
}

#[tokio::test]
async fn an_abort_resets_and_a_close_does_not() {
    for (abort, expected) in [(true, None), (false, Some(0))] {
        let (machine, mut heard) = scripted([listen()], |input, act| {
            if let Input::Accepted { conn, .. } = input {
                act.outputs.push_back(Output::Close { conn: *conn, abort });
            }
        });
        beside(machine, HostOptions::default(), async {
            let addr = bound(&mut heard).await;
            let mut peer = TcpStream::connect(addr).await.unwrap();
            let read = peer.read(&mut [0]).await;
            assert_eq!(read.as_ref().ok().copied(), expected);
            if let Err(error) = read {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn everything_sent_before_a_close_and_the_end_arrives() {
    const LENGTH: usize = 3 << 20;
    let (mut machine, mut heard) = scripted([listen()], |input, act| {
        if let Input::Accepted { conn, .. } = input {
            for _ in 0..3 {
                let bytes = Bytes::from(vec![7; LENGTH / 3]);
                act.outputs.push_back(Output::Send { conn: *conn, bytes });
            }
            act.outputs.push_back(Output::Close {
                conn: *conn,
                abort: false,
            });
            *act.finished = true;
        }
    });
    let peer = tokio::spawn(async move {
        let addr = bound(&mut heard).await;
        let mut peer = TcpStream::connect(addr).await.unwrap();
        // Bytes that nobody reads any more must not turn the close into a reset.
        peer.write_all(b"unread").await.unwrap();
        let mut received = Vec::new();
        peer.read_to_end(&mut received).await.unwrap();
        received.len()
    });
    assert_eq!(
        run(&mut machine, HostOptions::default()).await,
        Ended::Finished
    );
    assert_eq!(peer.await.unwrap(), LENGTH / 3 * 3);
}

#[tokio::test]
async fn a_peer_that_never_reads_is_given_up() {
    let options = HostOptions {
        write_queue: 64 << 10,
        ..HostOptions::default()
    };
    let (machine, mut heard) = scripted([listen()], |input, act| {
        if let Input::Received { conn, .. } = input {
            for _ in 0..200 {
                let bytes = Bytes::from(vec![0; 256 << 10]);
                act.outputs.push_back(Output::Send { conn: *conn, bytes });
            }
        }
    });
    beside(machine, options, async {
        let addr = bound(&mut heard).await;
        let mut peer = TcpStream::connect(addr).await.unwrap();
        peer.write_all(b"go").await.unwrap();
        let Some((_, Input::Accepted { conn, .. })) = heard.recv().await else {
            panic!()
        };
        let Some((_, Input::Received { .. })) = heard.recv().await else {
            panic!()
        };
        let how = Closed::Stalled;
        assert_eq!(heard.recv().await.unwrap().1, Input::Closed { conn, how });
    })
    .await;
}

#[tokio::test]
async fn reading_stops_while_the_machine_is_behind() {
    // A machine that blocks its thread would block the test, so the channel itself is looked at.
    let (mut host, mut events) = Host::new(HostOptions::default());
    host.execute(listen());
    let Some(Input::Bound { local, .. }) = host.inputs.pop_front() else {
        panic!()
    };
    let mut peer = TcpStream::connect(local).await.unwrap();
    let Some(accepted) = events.recv().await else {
        panic!()
    };
    let Some(Input::Accepted { .. }) = host.input(accepted) else {
        panic!()
    };
    let mut sent = 0;
    let chunk = vec![1; 1 << 20];
    // Ends once a write waits while the channel is full: the peer's window has closed.
    loop {
        tokio::select! {
            biased;
            written = peer.write(&chunk) => sent += written.unwrap(),
            () = async { while events.len() < EVENTS_AHEAD { tokio::task::yield_now().await } } => {
                if peer.try_write(&chunk).is_err() {
                    break;
                }
            }
        }
    }
    assert_eq!(events.len(), EVENTS_AHEAD);
    peer.shutdown().await.unwrap();
    let mut received = 0;
    while let Some(event) = events.recv().await {
        match host.input(event) {
            Some(Input::Received { bytes, .. }) => received += bytes.len(),
            Some(Input::Closed {
                how: Closed::ByPeer,
                ..
            }) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(received >= sent, "{received} of {sent}");
}

#[tokio::test]
async fn datagrams_go_both_ways() {
    let (machine, mut heard) = scripted(
        [Output::BindUdp {
            socket: LISTENER,
            addr: anywhere(),
        }],
        |input, act| {
            if let Input::Datagram {
                socket,
                from,
                bytes,
            } = input
            {
                let (socket, to, bytes) = (*socket, *from, bytes.clone());
                act.outputs.push_back(Output::SendTo { socket, to, bytes });
            }
        },
    );
    beside(machine, HostOptions::default(), async {
        let addr = bound(&mut heard).await;
        let peer = UdpSocket::bind(anywhere()).await.unwrap();
        peer.send_to(b"ping", addr).await.unwrap();
        let mut buffer = [0; 16];
        let (length, from) = peer.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..length], from), (&b"ping"[..], addr));
    })
    .await;
}

#[tokio::test]
async fn an_address_in_use_cannot_be_bound() {
    let taken = std::net::TcpListener::bind(anywhere()).unwrap();
    let addr = taken.local_addr().unwrap();
    let (mut machine, mut heard) = scripted(
        [Output::ListenTcp {
            socket: LISTENER,
            addr,
        }],
        |_, act| *act.finished = true,
    );
    run(&mut machine, HostOptions::default()).await;
    assert!(matches!(
        heard.recv().await,
        Some((
            _,
            Input::BindFailed {
                socket: LISTENER,
                ..
            }
        ))
    ));
}

#[tokio::test]
async fn an_address_that_was_let_go_can_be_had_again_at_once() {
    const AGAIN: SocketId = SocketId(2);
    let (mut machine, mut heard) = scripted([listen()], |input, act| {
        if let Input::Bound { socket, local } = input
            && *socket == LISTENER
        {
            act.outputs.push_back(Output::Unbind { socket: LISTENER });
            act.outputs.push_back(Output::ListenTcp {
                socket: AGAIN,
                addr: *local,
            });
        }
        *act.finished = matches!(
            input,
            Input::Bound { socket: AGAIN, .. } | Input::BindFailed { .. }
        );
    });
    run(&mut machine, HostOptions::default()).await;
    let (_, first) = heard.recv().await.unwrap();
    assert!(matches!(first, Input::Bound { .. }), "{first:?}");
    let (_, second) = heard.recv().await.unwrap();
    assert!(
        matches!(second, Input::Bound { socket: AGAIN, .. }),
        "{second:?}"
    );
}

#[tokio::test]
async fn commands_run_without_a_shell() {
    let run_it = |task, argv: &[&str]| Output::Run {
        task: TaskId(task),
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
    };
    let outputs = [
        run_it(1, &["echo", "$HOME; ls"]),
        run_it(2, &["false"]),
        run_it(3, &["ch2spec-no-such-program"]),
        run_it(4, &[]),
    ];
    let mut left = outputs.len();
    let (mut machine, mut heard) = scripted(outputs, move |_, act| {
        left -= 1;
        *act.finished = left == 0;
    });
    run(&mut machine, HostOptions::default()).await;
    let mut outcomes = HashMap::new();
    while let Ok((_, Input::TaskDone { task, outcome })) = heard.try_recv() {
        outcomes.insert(task.0, outcome);
    }
    assert_eq!(outcomes[&1], Ok("$HOME; ls\n".to_owned()));
    assert!(
        outcomes[&2]
            .as_ref()
            .is_err_and(|reason| reason.contains("exit status: 1"))
    );
    assert!(
        outcomes[&3]
            .as_ref()
            .is_err_and(|reason| reason.contains("cannot start"))
    );
    assert!(outcomes[&4].is_err());
}

#[tokio::test]
async fn a_command_is_cut_and_killed() {
    let cut = task::run_command(words("yes"), 10, Duration::from_millis(1)).await;
    assert!(cut.is_err_and(|reason| reason.contains("did not end")));
    let kept = task::run_command(words("echo 0123456789abcdef"), 10, Duration::from_secs(60)).await;
    assert_eq!(kept, Ok("0123456789".to_owned()));
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn an_operator_is_asked() {
    struct Willing;
    impl Operator for Willing {
        fn ask(&self, text: &str) -> Result<String, String> {
            Ok(format!("did {text}"))
        }
    }
    let options = HostOptions {
        operator: Arc::new(Willing),
        ..HostOptions::default()
    };
    let task = TaskId(5);
    let (mut machine, mut heard) = scripted(
        [Output::Prompt {
            task,
            text: "hang up".to_owned(),
        }],
        |_, act| {
            *act.finished = true;
        },
    );
    run(&mut machine, options).await;
    let outcome = Ok("did hang up".to_owned());
    assert_eq!(
        heard.recv().await.unwrap().1,
        Input::TaskDone { task, outcome }
    );
}

#[tokio::test]
async fn one_interrupt_is_told_and_the_second_ends_the_run() {
    let interrupts = Interrupts::new();
    let options = HostOptions {
        interrupts: interrupts.clone(),
        ..HostOptions::default()
    };
    let again = interrupts.clone();
    let (mut machine, mut heard) = scripted([], move |input, _| {
        assert_eq!(*input, Input::Interrupt);
        again.interrupt();
    });
    interrupts.interrupt();
    assert_eq!(run(&mut machine, options).await, Ended::Interrupted);
    assert_eq!(heard.recv().await.unwrap().1, Input::Interrupt);
    assert!(heard.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_told_when_its_time_has_come() {
    let options = HostOptions::default();
    let epoch = options.epoch;
    let (mut machine, _heard) = scripted([], |_, _| ());
    machine.timeout = Some(Time::from_millis(30_000));
    assert_eq!(run(&mut machine, options).await, Ended::Finished);
    assert_eq!(epoch.now().since(Time::from_millis(30_000)).as_secs(), 0);
    assert!(epoch.now() >= Time::from_millis(30_000));
}

#[tokio::test]
async fn what_is_sent_before_the_connection_stands_arrives() {
    for close_at_once in [false, true] {
        let listener = TcpListener::bind(anywhere()).await.unwrap();
        let (conn, to) = (ConnId(1), listener.local_addr().unwrap());
        let mut outputs = vec![
            Output::Connect { conn, to },
            Output::Send {
                conn,
                bytes: "early ".into(),
            },
            Output::Send {
                conn,
                bytes: "words".into(),
            },
        ];
        if close_at_once {
            outputs.push(Output::Close { conn, abort: false });
        }
        let (machine, mut heard) = scripted(outputs, |_, _| ());
        beside(machine, HostOptions::default(), async {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut received = [0; 11];
            peer.read_exact(&mut received).await.unwrap();
            assert_eq!(&received, b"early words");
            if close_at_once {
                assert_eq!(peer.read(&mut received).await.unwrap(), 0);
                assert!(heard.try_recv().is_err(), "told of what it had closed");
            } else {
                assert!(matches!(
                    heard.recv().await,
                    Some((_, Input::Connected { .. }))
                ));
            }
        })
        .await;
    }
}
