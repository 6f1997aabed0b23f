//! The command line.

use clap::{Args, Parser, Subcommand};
use model::Role;

use crate::settings::Given;

/// Many agents, many models, several hubs; people keep the last word.
#[derive(Debug, Parser)]
#[command(name = "inter-hub", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and the API
    #[command(after_help = KEYS)]
    Serve(Box<Serve>),
    /// Bring the database up to date
    Migrate(Place),
    /// API tokens
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// The people who administer the server
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
}

/// What `serve --help` says of the settings that are no flags.
const KEYS: &str = "\
Keys of the providers come from the environment only, or from key files:
  OPENAI_API_KEY, OPENROUTER_API_KEY, GEMINI_API_KEY

All other settings can also stand in inter-hub.toml, as in
  addr = \"0.0.0.0:3000\"
A flag wins over the environment, the environment over the file.";

#[derive(Args, Debug)]
pub struct Serve {
    /// Play: scripted models, a told story, a database of its own, no key needed
    #[arg(long)]
    pub rehearsal: bool,

    #[command(flatten)]
    pub given: Given,
}

/// Which database a command works on.
#[derive(Args, Debug)]
pub struct Place {
    /// sqlite://PATH or postgres://… [default: sqlite://data/inter-hub.db]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// The database of the rehearsal, where none is named
    #[arg(long)]
    pub rehearsal: bool,

    /// What is logged, to standard error [default: warn]
    #[arg(long, env = "INTER_HUB_LOG")]
    pub log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create {
        /// What lists and the audit call it
        #[arg(long)]
        name: String,
        /// viewer, reviewer, steward or admin
        #[arg(long)]
        role: Role,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make a one-time link that signs in an administrator, and print it
    Link {
        /// Where the server is reached [default: http://127.0.0.1:3000]
        #[arg(long, env = "INTER_HUB_PUBLIC_URL")]
        public_url: Option<String>,
        /// Address the server listens on, where no public URL is given
        #[arg(long, env = "INTER_HUB_ADDR")]
        addr: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
