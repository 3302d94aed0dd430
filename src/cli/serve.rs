//! `ch2spec serve`: the reference server, until Ctrl-C.

mod settings;

use std::fmt::Write;
use std::net::SocketAddr;

use crate::reference::{self, Config, Fault, Server};
use crate::report::Style;
use crate::runtime::Interrupts;
use crate::runtime::host::{self, HostOptions};

use super::announced::Announced;
use super::{Console, ExitCode, Failure, run};
use settings::Settings;

/// Arguments of `ch2spec serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Switch a fault on
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<String>,
    /// Name the faults with what each does wrong, and end
    #[arg(long)]
    list_faults: bool,
    /// Keep to a reading (R1 to R5, S1 to S3)
    #[arg(long = "reading", value_name = "READING")]
    readings: Vec<String>,
    /// Where to take SIP over UDP
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5060")]
    sip: SocketAddr,
    /// Where to take SIP over TCP; nowhere without it
    #[arg(long, value_name = "ADDRESS")]
    sip_tcp: Option<SocketAddr>,
    /// Where to take MSRP connections
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2855")]
    msrp: SocketAddr,
    /// Where to take control requests over HTTP
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8086")]
    control: SocketAddr,
    /// The Charging Enabler; named more than once, sessions begin at the first that can be reached
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3868")]
    enabler: Vec<SocketAddr>,
    /// Forward sessions to a far end there; the server answers them itself without it
    #[arg(long, value_name = "ADDRESS")]
    far_end: Option<SocketAddr>,
    /// Seed of tags, branches, Call-IDs and Session-Ids
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<ExitCode, Failure> {
    if args.list_faults {
        console.print(&faults(&console.style()))?;
        return Ok(ExitCode::Passed);
    }
    let config = config(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    let mut server = Announced::new(Server::new(config), *console);
    runtime.block_on(async {
        let options = HostOptions {
            interrupts: Interrupts::on_ctrl_c(),
            ..HostOptions::default()
        };
        host::run(&mut server, options).await;
    });
    match server.failure() {
        None => Ok(ExitCode::Passed),
        Some(reason) => {
            let help = "name other addresses; `ch2spec serve --help` lists the options";
            Err(Failure::usage(
                format!("the server gave up: {reason}"),
                help,
            ))
        }
    }
}

fn config(args: &Args) -> Result<Config, Failure> {
    let (faults, readings) = (run::faults(&args.faults)?, run::readings(&args.readings)?);
    let config = Config {
        sip_udp: args.sip,
        sip_tcp: args.sip_tcp,
        msrp_listen: args.msrp,
        control_http: args.control,
        enabler: args.enabler.clone(),
        far_end: args.far_end.map(|addr| reference::FarEnd {
            addr,
            transport: reference::Transport::Udp,
        }),
        seed: args.seed,
        epoch: super::timestamp::unix_now(),
        ..run::configured(&faults, &readings)
    };
    Ok(args.settings.apply(config))
}

/// The faults group by group: name and what the server does wrong, and below it what that breaks.
fn faults(style: &Style) -> String {
    let mut text = String::new();
    let widest = Fault::all()
        .iter()
        .map(|fault| fault.name().len())
        .max()
        .unwrap_or(0);
    let mut group = None;
    for fault in Fault::all() {
        if group.replace(fault.group()) != Some(fault.group()) {
            let space = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{space}{}", fault.group().title());
        }
        let name = format!("{:widest$}", fault.name());
        let _ = writeln!(text, "  {}  {}", style.bold(&name), fault.summary());
        let _ = writeln!(text, "  {:widest$}  {}", "", style.dim(fault.breaks()));
    }
    text
}
