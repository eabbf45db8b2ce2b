//! The command line: what may be written, and its help in both languages.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use phrase::Lang;
use wire::{Actor, CardSerial};

use crate::text;

/// Everything that may stand on the command line.
#[derive(Debug, Parser)]
#[command(name = "congvu", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    #[arg(long, global = true, env = "CONGVU_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[arg(long, global = true, env = "CONGVU_LANG", default_value = "vi", value_name = "vi|en")]
    pub(crate) lang: Lang,
    #[arg(long = "as", global = true, env = "CONGVU_AS", value_name = "ACCOUNT")]
    pub(crate) actor: Option<Actor>,
    #[arg(long, global = true)]
    pub(crate) production: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Init(Init),
    #[command(subcommand)]
    Intake(Intake),
    Request(Request),
    Approve(Approve),
    #[command(subcommand)]
    Station(Station),
    HandOver(HandOver),
    #[command(subcommand)]
    Card(Card),
    #[command(subcommand)]
    Check(Check),
    #[command(subcommand)]
    Account(Account),
    #[command(subcommand)]
    Vcard(Vcard),
    Sample(Sample),
    Serve(Serve),
    Doctor,
    #[command(subcommand)]
    Config(Config),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Demo {
    #[arg(long)]
    pub(crate) once: bool,
    #[arg(long)]
    pub(crate) fresh: bool,
    #[arg(long, default_value_t = 300, value_name = "N")]
    pub(crate) people: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    #[arg(long, value_name = "CODE")]
    pub(crate) authority: String,
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) demo: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Intake {
    Check(StaffList),
    Load(IntakeLoad),
}

#[derive(Args, Debug)]
pub(crate) struct StaffList {
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub(crate) map: Vec<String>,
    #[arg(long, value_enum)]
    pub(crate) convert: Option<Legacy>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Legacy {
    Tcvn3,
    Vni,
}

#[derive(Args, Debug)]
pub(crate) struct IntakeLoad {
    #[command(flatten)]
    pub(crate) list: StaffList,
    #[arg(long, value_name = "ZIP|DIR")]
    pub(crate) photos: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Request {
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct Approve {
    #[arg(value_name = "BATCH", required_unless_present = "all")]
    pub(crate) batch: Option<wire::BatchId>,
    #[arg(long, conflicts_with = "batch")]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Station {
    Run(StationRun),
    Add(StationAdd),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct StationRun {
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    pub(crate) reader: Option<String>,
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    #[arg(long, conflicts_with = "limit")]
    pub(crate) watch: bool,
    /// The process that started this one and that it ends with; given by the demonstration only.
    #[arg(long, hide = true)]
    pub(crate) parent: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct StationAdd {
    #[arg(value_name = "NAME")]
    pub(crate) name: Actor,
}

#[derive(Args, Debug)]
pub(crate) struct HandOver {
    #[arg(value_name = "SERIAL", required_unless_present = "all")]
    pub(crate) serials: Vec<CardSerial>,
    #[arg(long, conflicts_with = "serials")]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Card {
    List(CardList),
    Show(One),
    Lock(CardLock),
    Unlock(One),
    Revoke(CardRevoke),
}

#[derive(Args, Debug)]
pub(crate) struct CardList {
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct One {
    #[arg(value_name = "SERIAL")]
    pub(crate) serial: CardSerial,
}

#[derive(Args, Debug)]
pub(crate) struct CardLock {
    #[arg(value_name = "SERIAL")]
    pub(crate) serial: CardSerial,
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct CardRevoke {
    #[arg(value_name = "SERIAL")]
    pub(crate) serial: CardSerial,
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: String,
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Check {
    Chip(CheckChip),
    Qr(CheckQr),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct CheckChip {
    #[arg(long, value_name = "NAME")]
    pub(crate) reader: Option<String>,
    #[arg(long, value_name = "SERIAL")]
    pub(crate) tray: Option<CardSerial>,
}

#[derive(Args, Debug)]
pub(crate) struct CheckQr {
    #[arg(value_name = "TEXT|PICTURE|-")]
    pub(crate) source: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    Add(AccountAdd),
    List,
    Reset(AccountNamed),
    Disable(AccountNamed),
    Enable(AccountNamed),
}

#[derive(Args, Debug)]
pub(crate) struct AccountAdd {
    #[arg(value_name = "NAME")]
    pub(crate) name: Actor,
    #[arg(long, value_name = "ROLE", value_parser = roles())]
    pub(crate) role: access::Role,
    #[arg(long = "name", value_name = "FULL NAME")]
    pub(crate) full_name: String,
    #[arg(long, value_name = "CODE")]
    pub(crate) authority: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct AccountNamed {
    #[arg(value_name = "NAME")]
    pub(crate) name: Actor,
}

/// Reads a role, and knows which there are.
fn roles() -> impl clap::builder::TypedValueParser<Value = access::Role> {
    use clap::builder::TypedValueParser as _;
    let names = access::Role::ALL.map(access::Role::name);
    clap::builder::PossibleValuesParser::new(names).try_map(|name| name.parse::<access::Role>())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Vcard {
    Tray(Tray),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Tray {
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) add: u32,
    #[arg(long, value_enum, default_value_t = Model::Ev3)]
    pub(crate) model: Model,
    #[arg(long, value_enum, default_value_t = Size::K8)]
    pub(crate) size: Size,
    /// The half that runs beside the private pcscd; started by the outer half only.
    #[arg(long, hide = true)]
    pub(crate) inner: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Model {
    Ev1,
    Ev2,
    Ev3,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Size {
    #[value(name = "2k")]
    K2,
    #[value(name = "4k")]
    K4,
    #[value(name = "8k")]
    K8,
    #[value(name = "16k")]
    K16,
}

#[derive(Args, Debug)]
pub(crate) struct Sample {
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[arg(long, default_value_t = 300, value_name = "N")]
    pub(crate) people: u32,
    #[arg(long, default_value_t = 12, value_name = "N")]
    pub(crate) bad: u32,
    #[arg(long, default_value_t = 838, value_name = "N")]
    pub(crate) seed: u64,
    #[arg(long)]
    pub(crate) csv: bool,
    #[arg(long)]
    pub(crate) no_photos: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Serve {
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Answers `/fixed/BYTES` too, for benchmarks.
    #[arg(long, hide = true, conflicts_with = "production")]
    pub(crate) fixed_page: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    Check,
}

/// The command with its help in `lang`.
pub(crate) fn localised(lang: Lang) -> clap::Command {
    let mut command = <Cli as clap::CommandFactory>::command();
    command.build();
    translate(command, lang, "cli")
}

fn translate(mut command: clap::Command, lang: Lang, path: &str) -> clap::Command {
    let say = |key: &str| text::say(lang, key, &[]);
    command = command
        .about(say(path))
        .subcommand_help_heading(say("cli-heading-commands"))
        .help_template(say("cli-help-template"));
    if command.get_subcommands().any(|sub| sub.get_name() == "help") {
        command = command.mut_subcommand("help", |sub| sub.about(say("cli-help")));
    }
    let usage = command.render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage:")
        .trim()
        .replace("[OPTIONS]", &format!("[{}]", say("cli-value-options")))
        .replace("<COMMAND>", &format!("<{}>", say("cli-value-command")));
    command = command.override_usage(usage);
    let ids: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in ids {
        let shared = matches!(id.as_str(), "data" | "format" | "lang" | "actor" | "production");
        let key = match id.as_str() {
            "help" | "version" => format!("cli-arg-{id}"),
            _ if shared => format!("cli-arg-{id}"),
            _ => format!("{path}-{}", id.replace('_', "-")),
        };
        command = command.mut_arg(id, |arg| {
            let heading = if arg.is_positional() { "arguments" } else { "options" };
            let heading = say(&format!("cli-heading-{heading}"));
            if arg.is_hide_set() {
                arg
            } else {
                let help = format!("{}{}", say(&key), remarks(lang, &arg));
                let arg = arg.hide_env(true).hide_default_value(true).hide_possible_values(true);
                arg.help(help).help_heading(heading)
            }
        });
    }
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names.into_iter().filter(|name| name != "help") {
        let path = format!("{path}-{name}");
        command = command.mut_subcommand(name, |sub| translate(sub, lang, &path));
    }
    command
}

/// What clap would say of an argument in English: its values, its default, its variable.
fn remarks(lang: Lang, arg: &clap::Arg) -> String {
    let mut remarks = String::new();
    let mut add = |key: &str, value: &str| {
        remarks.push(' ');
        remarks.push_str(&text::say(lang, key, &[("value", value)]));
    };
    let takes_value = arg.get_action().takes_values();
    if takes_value {
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            add("cli-remark-values", &values.join(", "));
        }
        let default: Vec<_> =
            arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if !default.is_empty() {
            add("cli-remark-default", &default.join(", "));
        }
    }
    if let Some(variable) = arg.get_env() {
        add("cli-remark-variable", &variable.to_string_lossy());
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &clap::Command, path: &str, missing: &mut Vec<String>) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if about.is_empty() || about == path {
            missing.push(path.to_owned());
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if help.is_empty() || help.starts_with("cli-") {
                missing.push(format!("{path} {}: {help}", arg.get_id()));
            }
        }
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            walk(sub, &format!("{path}-{}", sub.get_name()), missing);
        }
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        for lang in Lang::ALL {
            let mut missing = Vec::new();
            walk(&localised(lang), "cli", &mut missing);
            assert!(missing.is_empty(), "{lang}: {missing:#?}");
        }
    }

    #[test]
    fn command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    /// The help as a user reads it; a change to the command line shows here.
    #[test]
    fn help_of_every_command() {
        fn render(command: &mut clap::Command, into: &mut String) {
            into.push_str(&command.render_help().to_string());
            into.push_str("\n----\n");
            for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
                render(sub, into);
            }
        }
        let mut all = String::new();
        render(&mut localised(Lang::Vi).term_width(100), &mut all);
        insta::assert_snapshot!(all);
    }
}
