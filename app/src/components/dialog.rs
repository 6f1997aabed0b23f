//! A dialog in front of the page: the browser's own, which keeps the focus in.

use leptos::html;
use leptos::prelude::*;

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

/// A dialog with a title and a button that closes it.
#[component]
pub fn Dialog(
    node: NodeRef<html::Dialog>,
    id: &'static str,
    #[prop(into)] title: String,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog class="dialog" id=id node_ref=node aria-labelledby=labelled_by>
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
