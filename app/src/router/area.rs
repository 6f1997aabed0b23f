//! An area: pages whose code the browser loads when one of them is first
//! opened.

use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;
use leptos_router::hooks::use_location;

use crate::components::Notice;
use crate::labels::Tone;

/// Declares an area, a module with a [`LazyRoute`](leptos_router::LazyRoute)
/// for each of its pages.
///
/// `area!(labels: List => LabelListPage, Show => LabelPage)` gives
/// `labels::List` and `labels::Show`, for `<Route view=labels::List::lazy()>`.
/// Pages of one area are loaded together.
macro_rules! area {
    ($area:ident: $($route:ident => $page:path),+ $(,)?) => {
        pub mod $area {
            // The split point is an exported symbol; the macro makes its name unique.
            #![allow(unsafe_code)]

            use leptos::prelude::*;
            use leptos::wasm_split::{SplitLoaderError, wasm_split};
            use leptos_router::{Lazy, LazyRoute};

            enum Page {
                $($route,)+
            }

            #[wasm_split(
                $area,
                wasm_split_path = ::leptos::wasm_split,
                preload(load),
                fallible
            )]
            fn draw(page: Page) -> Result<AnyView, SplitLoaderError> {
                Ok(match page {
                    $(Page::$route => view! { <$page /> }.into_any(),)+
                })
            }

            $(
                #[derive(Debug)]
                pub struct $route;

                impl $route {
                    /// What a `<Route>` takes as its view.
                    pub fn lazy() -> Lazy<Self> {
                        Lazy::new()
                    }
                }

                impl LazyRoute for $route {
                    fn data() -> Self {
                        Self
                    }

                    async fn view(_this: Self) -> AnyView {
                        leptos::prefetch_lazy_fn_on_server(stringify!($area));
                        $crate::router::area::shown(draw(Page::$route).await)
                    }

                    async fn preload() {
                        // Asked for again by `view`, which says that it failed.
                        let _ = load().await;
                    }
                }
            )+
        }
    };
}
pub(crate) use area;

/// The page, or what to do where its code could not be loaded: the network is
/// away, or this page is older than the server.
pub fn shown(drawn: Result<AnyView, SplitLoaderError>) -> AnyView {
    drawn.unwrap_or_else(|_| view! { <NotLoaded /> }.into_any())
}

#[component]
fn NotLoaded() -> impl IntoView {
    let address = use_location().pathname.get_untracked();
    view! {
        <Notice tone=Tone::Bad title="This page could not be loaded">
            <p>
                "The server may be away for a moment, or it was updated since you opened this page. "
                // Past the router: the whole document is asked for again.
                <a class="link" href=address rel="external">
                    "Load it again"
                </a>
            </p>
        </Notice>
    }
    .into_any()
}
