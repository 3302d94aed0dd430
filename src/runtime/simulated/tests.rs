use std::collections::VecDeque;
use std::net::Ipv4Addr;

use super::*;

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
const SOCKET: SocketId = SocketId(1);
const CONN: ConnId = ConnId(1);

/// A machine that keeps what it is told, and echoes where it is asked to.
#[derive(Default)]
struct Recorder {
    outputs: VecDeque<Output>,
    inputs: Vec<(Time, Input)>,
    timeout: Option<Time>,
    fired: Vec<Time>,
    echo: bool,
    finished: bool,
}

impl Machine for Recorder {
    fn handle(&mut self, now: Time, input: Input) {
        if let (true, Input::Received { conn, bytes }) = (self.echo, &input) {
            self.outputs.push_back(Output::Send {
                conn: *conn,
                bytes: bytes.clone(),
            });
        }
        self.inputs.push((now, input));
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.timeout
    }

    fn handle_timeout(&mut self, now: Time) {
        self.fired.push(now);
        self.timeout = None;
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}

fn recorder(outputs: impl IntoIterator<Item = Output>) -> Recorder {
    Recorder {
        outputs: outputs.into_iter().collect(),
        ..Recorder::default()
    }
}

fn server(port: u16) -> SocketAddr {
    SocketAddr::new(SERVER, port)
}

fn listen() -> Output {
    Output::ListenTcp {
        socket: SOCKET,
        addr: server(5060),
    }
}

fn connect() -> Output {
    Output::Connect {
        conn: CONN,
        to: server(5060),
    }
}

fn send(text: &'static str) -> Output {
    Output::Send {
        conn: CONN,
        bytes: Bytes::from_static(text.as_bytes()),
    }
}

fn received(network: &Network, id: NodeId) -> String {
    let mut text = Vec::new();
    for (_, input) in &network.machine::<Recorder>(id).inputs {
        if let Input::Received { bytes, .. } = input {
            text.extend_from_slice(bytes);
        }
    }
    String::from_utf8(text).unwrap()
}

fn pair(network: &mut Network, echo: bool, outputs: Vec<Output>) -> (NodeId, NodeId) {
    let server = network.add(
        SERVER,
        Recorder {
            echo,
            ..recorder([listen()])
        },
    );
    (server, network.add(CLIENT, recorder(outputs)))
}

const SOON: Time = Time::from_millis(100);

#[test]
fn a_stream_arrives_in_order_and_comes_back() {
    let mut network = Network::new(1);
    network.set_wire(Wire {
        segment: Some(2),
        ..Wire::default()
    });
    let (_, client) = pair(
        &mut network,
        true,
        vec![connect(), send("hello "), send("world")],
    );
    assert!(network.run_until(|network| received(network, client) == "hello world", SOON));
    let Recorder { inputs, .. } = network.machine(client);
    let (at, Input::Connected { peer, .. }) = &inputs[0] else {
        panic!("{inputs:?}")
    };
    assert_eq!((*at, *peer), (Time::from_millis(2), server(5060)));
    assert!(inputs.len() > 5, "the stream was not cut: {inputs:?}");
}

#[test]
fn nobody_at_home_is_refused() {
    let mut network = Network::new(1);
    let client = network.add(CLIENT, recorder([connect()]));
    network.run_for(Duration::from_secs(1));
    let closed = Input::Closed {
        conn: CONN,
        how: Closed::Refused,
    };
    assert_eq!(
        network.machine::<Recorder>(client).inputs,
        [(Time::from_millis(2), closed)]
    );
}

#[test]
fn only_the_other_side_is_told_of_a_close() {
    for (abort, how) in [(false, Closed::ByPeer), (true, Closed::Reset)] {
        let mut network = Network::new(1);
        let close = Output::Close { conn: CONN, abort };
        let (server, client) = pair(&mut network, false, vec![connect(), send("bye"), close]);
        network.run_for(Duration::from_secs(1));
        let told: Vec<_> = network
            .machine::<Recorder>(server)
            .inputs
            .iter()
            .map(|(_, input)| input)
            .collect();
        let conn = ConnId(ConnId::FIRST_ACCEPTED);
        assert!(matches!(told[1], Input::Accepted { conn: accepted, .. } if *accepted == conn));
        assert!(matches!(told[2], Input::Received { bytes, .. } if bytes == "bye"));
        assert_eq!(*told[3], Input::Closed { conn, how });
        assert!(network.machine::<Recorder>(client).inputs.is_empty());
    }
}

#[test]
fn a_machine_that_has_finished_closes_what_it_had() {
    let mut network = Network::new(1);
    let (server, client) = pair(&mut network, false, vec![connect()]);
    network.run_until(
        |network| network.machine::<Recorder>(client).inputs.len() == 1,
        SOON,
    );
    network.machine_mut::<Recorder>(server).finished = true;
    network.run_for(Duration::from_secs(1));
    assert!(!network.is_running(server));
    let told = &network.machine::<Recorder>(client).inputs;
    assert_eq!(
        told[1].1,
        Input::Closed {
            conn: CONN,
            how: Closed::ByPeer
        }
    );
    network
        .machine_mut::<Recorder>(client)
        .outputs
        .push_back(connect());
    network.run_for(Duration::from_secs(1));
    let told = &network.machine::<Recorder>(client).inputs;
    assert_eq!(
        told[2].1,
        Input::Closed {
            conn: CONN,
            how: Closed::Refused
        }
    );
}

#[test]
fn time_jumps_to_the_next_timer() {
    let mut network = Network::new(1);
    let due = Time::from_millis(10_000);
    let node = network.add(
        SERVER,
        Recorder {
            timeout: Some(due),
            ..Recorder::default()
        },
    );
    assert!(network.step());
    assert_eq!(network.now(), due);
    assert_eq!(network.machine::<Recorder>(node).fired, [due]);
    assert!(!network.step());
    assert!(!network.run_until(|_| false, Time::from_millis(20_000)));
    assert_eq!(network.now(), Time::from_millis(20_000));
}

#[test]
fn datagrams_are_lost_reordered_and_filtered_by_the_seed() {
    let arrivals = |seed, wire| {
        let mut network = Network::new(seed);
        network.set_wire(wire);
        network.filter_datagrams(|packet| packet.bytes != [7]);
        let bind = Output::BindUdp {
            socket: SOCKET,
            addr: server(1),
        };
        let sink = network.add(SERVER, recorder([bind]));
        let addr = SocketAddr::new(CLIENT, 0);
        let mut outputs = vec![Output::BindUdp {
            socket: SOCKET,
            addr,
        }];
        outputs.extend((0..100_u8).map(|number| Output::SendTo {
            socket: SOCKET,
            to: server(1),
            bytes: Bytes::copy_from_slice(&[number]),
        }));
        network.add(CLIENT, recorder(outputs));
        network.run_for(Duration::from_secs(1));
        let inputs = &network.machine::<Recorder>(sink).inputs;
        inputs
            .iter()
            .filter_map(|(_, input)| match input {
                Input::Datagram { bytes, .. } => Some(bytes[0]),
                _ => None,
            })
            .collect::<Vec<u8>>()
    };
    let mut all: Vec<u8> = (0..100).collect();
    all.remove(7);
    assert_eq!(arrivals(1, Wire::default()), all);
    let jitter = Wire {
        jitter: Duration::from_millis(5),
        ..Wire::default()
    };
    let reordered = arrivals(1, jitter);
    assert_ne!(reordered, all);
    let mut sorted = reordered.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, all);
    let lossy = Wire {
        loss: 0.5,
        ..jitter
    };
    let some = arrivals(1, lossy);
    assert!((20..80).contains(&some.len()), "{}", some.len());
    assert_eq!(some, arrivals(1, lossy));
    assert_ne!(some, arrivals(2, lossy));
}

#[test]
fn commands_and_prompts_are_answered_by_the_test() {
    let mut network = Network::new(1);
    network.on_command(|command| match command {
        Command::Run { argv, .. } => Ok(argv.join(" ")),
        Command::Prompt { .. } => Err("no".to_owned()),
    });
    let argv = vec!["end".to_owned(), "session".to_owned()];
    let node = network.add(
        SERVER,
        recorder([
            Output::Run {
                task: TaskId(1),
                argv,
            },
            Output::Prompt {
                task: TaskId(2),
                text: "hang up".to_owned(),
            },
        ]),
    );
    network.run_for(Duration::ZERO);
    let told: Vec<_> = network
        .machine::<Recorder>(node)
        .inputs
        .iter()
        .map(|(_, input)| input.clone())
        .collect();
    let done = |task, outcome| Input::TaskDone {
        task: TaskId(task),
        outcome,
    };
    assert_eq!(
        told,
        [
            done(1, Ok("end session".to_owned())),
            done(2, Err("no".to_owned()))
        ]
    );
}

#[test]
fn an_address_is_bound_once_and_only_by_its_owner() {
    let mut network = Network::new(1);
    let addr = SocketAddr::new(CLIENT, 1);
    let again = Output::ListenTcp {
        socket: SocketId(2),
        addr: server(5060),
    };
    let foreign = Output::ListenTcp {
        socket: SocketId(3),
        addr,
    };
    let unbind = Output::Unbind { socket: SOCKET };
    let after = Output::ListenTcp {
        socket: SocketId(4),
        addr: server(5060),
    };
    let node = network.add(SERVER, recorder([listen(), again, foreign, unbind, after]));
    network.run_for(Duration::ZERO);
    let bound = network
        .machine::<Recorder>(node)
        .inputs
        .iter()
        .map(|(_, input)| match input {
            Input::Bound { .. } => true,
            Input::BindFailed { .. } => false,
            other => panic!("{other:?}"),
        });
    assert_eq!(bound.collect::<Vec<_>>(), [true, false, false, true]);
}

#[test]
fn a_broken_network_tells_both_sides() {
    let mut network = Network::new(1);
    let (server, client) = pair(&mut network, false, vec![connect()]);
    network.run_for(Duration::from_secs(1));
    network.reset_connections(client);
    network.run_for(Duration::from_secs(1));
    for node in [server, client] {
        let (_, last) = network.machine::<Recorder>(node).inputs.last().unwrap();
        assert!(
            matches!(
                last,
                Input::Closed {
                    how: Closed::Reset,
                    ..
                }
            ),
            "{last:?}"
        );
    }
}
