//! The program `inter-hub`: reads the command line and runs the command.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;

fn main() -> ExitCode {
    server::run(Cli::parse())
}
