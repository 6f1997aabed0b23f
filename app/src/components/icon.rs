//! A few signs, drawn as SVG.

use leptos::prelude::*;

/// Which sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Overview,
    Collectives,
    Proposals,
    Inbox,
    Widgets,
    Candidates,
    Decisions,
    Agents,
    Performance,
    Routing,
    Grip,
    Up,
    Down,
    Menu,
    Help,
    System,
    Light,
    Dark,
    Check,
    Cross,
    Pen,
    Undo,
    Receipt,
    Delegations,
    Governance,
    Hubs,
    Types,
    Settings,
}

impl Sign {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => {
                "M2.5 2.5h4.5v6h-4.5zM9 2.5h4.5v3.5h-4.5zM9 8.5h4.5v5h-4.5zM2.5 11h4.5v2.5h-4.5z"
            }
            Self::Collectives => "M2.5 2.5h3v11h-3zM6.5 2.5h3v8h-3zM10.5 2.5h3v9.5h-3z",
            Self::Inbox => "M2.5 8.5l2-5h7l2 5v4.5h-11zM2.5 8.5h3l1 2h3l1-2h3",
            Self::Proposals => "M4 2.5h6l2.5 2.5v8.5h-8.5zM9.5 2.5v3h3M6 8.5h4.5M6 11h3",
            Self::Widgets => "M2.5 3h11v10h-11zM2.5 6h11M5 9h2.5M5 11h4.5",
            Self::Candidates => "M8 2a4 4 0 0 1 2.2 7.3V11H5.8V9.3A4 4 0 0 1 8 2zM6.2 13.5h3.6",
            Self::Decisions => "M8 2.5v11M5 13.5h6M3 4.5h10M3 4.5L1.5 9h3zM13 4.5L11.5 9h3z",
            Self::Agents => {
                "M4.5 6.5h7A1.5 1.5 0 0 1 13 8v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12V8a1.5 1.5 0 0 1 1.5-1.5zM8 6.5v-3M7 2.5h2M6 9.5v1M10 9.5v1"
            }
            Self::Performance => "M2.5 2.5v11h11M5 10.5l2.6-3.2 2.2 1.8 3.4-5",
            Self::Routing => {
                "M2.5 4h3.2l4.6 8h3.2M2.5 12h3.2l1.2-2M8.9 6.1L10.3 4h3.2M11.8 2.3L13.5 4l-1.7 1.7M11.8 10.3l1.7 1.7-1.7 1.7"
            }
            Self::Grip => "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
            Self::Up => "M8 12.5v-9M4.5 7L8 3.5 11.5 7",
            Self::Down => "M8 3.5v9M4.5 9L8 12.5 11.5 9",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Help => {
                "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.6v.2M14 8a6 6 0 1 1-12 0 6 6 0 0 1 12 0z"
            }
            Self::System => "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
            Self::Light => {
                "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M3.2 12.8l.9-.9M11.9 4.1l.9-.9"
            }
            Self::Dark => "M13.2 9.6A5.8 5.8 0 0 1 6.4 2.8a5.8 5.8 0 1 0 6.8 6.8z",
            Self::Check => "M3 8.5l3.2 3.2L13 4.8",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Pen => "M3 13l.6-2.8 7-7 2.2 2.2-7 7zM9.4 4.4l2.2 2.2",
            Self::Undo => "M5.5 3L2.5 6l3 3M2.5 6h6.2a4 4 0 0 1 0 8H6",
            Self::Governance => {
                "M8 1.8l5 1.8v4.2c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4V3.6zM5.8 7.8l1.6 1.6 2.8-3"
            }
            Self::Hubs => {
                "M8 5.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4zM8 2.2v3.6M8 10.2v3.6M2.2 8h3.6M10.2 8h3.6"
            }
            Self::Settings => {
                "M2.5 4.5h5M10.5 4.5h3M7.5 3v3h3v-3zM2.5 11.5h3M8.5 11.5h5M5.5 10v3h3v-3z"
            }
            Self::Types => "M2.5 3h4v4h-4zM2.5 9.5h4v4h-4zM9 5h4.5M9 11.5h4.5",
            Self::Delegations => {
                "M2.5 5.8h4v4.4h-4zM6.5 8h3M9.5 3.5v9M9.5 3.5h4M9.5 8h4M9.5 12.5h4"
            }
            Self::Receipt => "M4 2.5h8v11l-2-1.3-2 1.3-2-1.3-2 1.3zM6 5.5h4M6 8h4",
        }
    }
}

/// A sign beside a word; it says nothing by itself.
#[component]
pub fn Icon(sign: Sign) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            focusable="false"
        >
            <path d=sign.path()></path>
        </svg>
    }
    .into_any()
}
