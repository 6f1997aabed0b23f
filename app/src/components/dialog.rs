//! A dialog in front of the page: the browser's own, which keeps the focus in.

use leptos::prelude::*;
use leptos::{ev, html};

/// Opens a dialog. Browser only.
pub fn open_dialog(dialog: NodeRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked()
        && !dialog.open()
    {
        // Fails only where the dialog is open already.
        let _ = dialog.show_modal();
    }
}

/// Closes a dialog. Browser only.
pub fn close_dialog(dialog: NodeRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}

/// A dialog with a title and a button that closes it. A click beside it closes
/// it too.
#[component]
pub fn Dialog(
    node: NodeRef<html::Dialog>,
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    /// Room for a table.
    #[prop(optional)]
    wide: bool,
    /// Called when it has been closed, however that was done.
    #[prop(optional, into)]
    closed: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let on_click = move |event: ev::MouseEvent| {
        if event.target() == event.current_target() {
            close_dialog(node);
        }
    };
    let on_close = move |_| {
        if let Some(closed) = closed {
            closed.run(());
        }
    };
    view! {
        <dialog
            class="dialog"
            class:dialog-wide=wide
            id=id
            node_ref=node
            aria-labelledby=labelled_by
            on:click=on_click
            on:close=on_close
        >
            <div class="dialog-head">
                <h2 class="dialog-title" id=title_id>
                    {title}
                </h2>
                <button
                    type="button"
                    class="btn btn-quiet btn-small"
                    on:click=move |_| close_dialog(node)
                >
                    "Close"
                </button>
            </div>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
    .into_any()
}
