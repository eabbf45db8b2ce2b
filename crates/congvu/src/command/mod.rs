//! One module for each command or family of commands.

mod account;
mod card;
pub(crate) mod check;
mod demo;
mod doctor;
mod intake;
mod sample;
mod serve;
mod setup;
pub(crate) mod station;
mod vcard;

use crate::Ended;
use crate::cli::{Cli, Command, Config, Intake, Station, Vcard};
use crate::home::Home;
use crate::out::Out;

/// Carries out what the command line says.
pub(crate) fn run(out: Out, cli: &Cli) -> anyhow::Result<Ended> {
    let home = Home::open(&cli.global)?;
    let actor = cli.global.actor.as_ref();
    match &cli.command {
        Command::Demo(wanted) => demo::run(out, &cli.global, wanted),
        Command::Init(wanted) => wait(setup::init(out, home, wanted)),
        Command::Intake(Intake::Check(list)) => intake::check(out, &home, list),
        Command::Intake(Intake::Load(wanted)) => intake::load(out, &home, wanted, actor),
        Command::Request(wanted) => wait(card::request(out, &home, wanted, actor)),
        Command::Approve(wanted) => wait(card::approve(out, &home, wanted, actor)),
        Command::Station(Station::Run(wanted)) => station::run(out, &home, wanted, actor),
        Command::Station(Station::Add(wanted)) => setup::add_station(out, &home, wanted),
        Command::HandOver(wanted) => wait(card::hand_over(out, &home, wanted, actor)),
        Command::Card(wanted) => wait(card::run(out, &home, wanted, actor)),
        Command::Check(wanted) => check::run(out, &home, wanted),
        Command::Account(wanted) => wait(account::run(out, &home, wanted, actor)),
        Command::Vcard(Vcard::Tray(wanted)) => vcard::tray(out, &home, wanted),
        Command::Sample(wanted) => sample::run(out, wanted),
        Command::Serve(wanted) => wait(serve::run(out, home, wanted)),
        Command::Doctor => Ok(doctor::run(out, &home)),
        Command::Config(Config::Check) => setup::config(out, &home),
    }
}

/// Runs asynchronous work from blocking code.
pub(crate) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
