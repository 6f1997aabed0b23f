//! The drawing in the page: what is in view of it, by pointer and by keyboard.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::node::{element_id, node};
use super::place::TreePlace;
use super::scene::{Scene, Step, Trunk};
use super::tree::Spot;
use super::view::View;

/// A step of the zoom.
const CLOSER: f64 = 1.25;
/// What a wheel's line counts, in pixels.
const LINE_PX: f64 = 18.0;
/// A drag begins when the pointer has moved so far.
const DRAG_PX: f64 = 4.0;

/// Where a drag is: the pointer, and whether it has begun to move.
#[derive(Clone, Copy)]
struct Drag {
    at: (f64, f64),
    moving: bool,
}

#[component]
pub fn Canvas(place: TreePlace) -> impl IntoView {
    measure(place);
    let area = Memo::new(move |_| place.view.with(View::area));
    let nodes = Memo::new(move |_| {
        let (area, chosen) = (area.get(), place.chosen.get());
        place.scene.with(|drawn| drawn.0.nodes_in(area, chosen))
    });
    let trunks = Memo::new(move |_| {
        let area = area.get();
        place.scene.with(|drawn| drawn.0.trunks_in(area))
    });
    let shift = move || {
        place.view.with(|view| {
            format!(
                "translate({:.1} {:.1}) scale({:.4})",
                view.x, view.y, view.zoom
            )
        })
    };
    let drag = StoredValue::new(None::<Drag>);
    view! {
        <div
            class="tree-canvas"
            node_ref=place.canvas
            tabindex="0"
            role="tree"
            aria-label="Delegations below this proposal"
            aria-activedescendant=move || element_id(place.chosen.get())
            data-testid="tree"
            data-nodes=move || place.scene.with(|drawn| drawn.0.len())
            on:keydown=move |event| on_key(place, &event)
            on:wheel=move |event| on_wheel(place, &event)
            on:pointerdown=move |event| {
                place.dragged.set_value(false);
                if event.button() == 0 {
                    drag.set_value(Some(Drag { at: client(&event), moving: false }));
                }
            }
            on:pointermove=move |event| on_move(place, drag, &event)
            on:pointerup=move |_| drag.set_value(None)
            on:pointercancel=move |_| drag.set_value(None)
            on:pointerleave=move |_| drag.set_value(None)
        >
            <svg class="tree-svg" width="100%" height="100%" role="presentation" focusable="false">
                <g transform=shift role="presentation">
                    <g aria-hidden="true">
                        <For each=move || trunks.get() key=|spot| *spot let:spot>
                            <path
                                class="tree-line"
                                d=move || place.scene.with(|drawn| drawn.0.trunk(spot).map(path))
                            ></path>
                        </For>
                    </g>
                    <For each=move || nodes.get() key=|spot| *spot let:spot>
                        {node(place, spot)}
                    </For>
                </g>
            </svg>
        </div>
    }
    .into_any()
}

fn path(trunk: Trunk) -> String {
    let Trunk {
        from: (x, y),
        x: middle,
        top,
        bottom,
    } = trunk;
    format!("M{x} {y}H{middle}M{middle} {top}V{bottom}")
}

/// How large the drawing's place is, now and after each change of the window.
fn measure(place: TreePlace) {
    let look = move || {
        let Some(canvas) = place.canvas.get_untracked() else {
            return;
        };
        let (width, height) = (canvas.client_width(), canvas.client_height());
        let known = place.view.with_untracked(|view| (view.width, view.height));
        let now = (f64::from(width), f64::from(height));
        if width > 0 && known != now {
            place.view.update(|view| (view.width, view.height) = now);
        }
    };
    Effect::new(move |_| {
        if place.canvas.get().is_some() {
            look();
            fit(place);
            place.view.update(View::readable);
            place.bring(place.chosen.get_untracked());
        }
    });
    Effect::new(move |_| {
        // The detail beside it takes room.
        place.detail.track();
        request_animation_frame(look);
    });
    Effect::new(move |_| {
        let listener = window_event_listener(ev::resize, move |_| look());
        on_cleanup(move || listener.remove());
    });
}

pub fn fit(place: TreePlace) {
    let area = place.scene.with_untracked(|drawn| drawn.0.area());
    place.view.update(|view| view.fit(area));
}

/// Closer where `in_`, else further away.
pub fn zoom(place: TreePlace, closer: bool) {
    let factor = if closer { CLOSER } else { 1.0 / CLOSER };
    let area = place.scene.with_untracked(|drawn| drawn.0.area());
    place
        .view
        .update(|view| view.zoom_by(factor, view.middle(), area));
}

fn client(event: &ev::PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn on_move(place: TreePlace, drag: StoredValue<Option<Drag>>, event: &ev::PointerEvent) {
    let Some(known) = drag.get_value() else {
        return;
    };
    if event.buttons() == 0 {
        drag.set_value(None);
        return;
    }
    let at = client(event);
    let (dx, dy) = (at.0 - known.at.0, at.1 - known.at.1);
    if !known.moving && dx.hypot(dy) < DRAG_PX {
        return;
    }
    drag.set_value(Some(Drag { at, moving: true }));
    place.dragged.set_value(true);
    let area = place.scene.with_untracked(|drawn| drawn.0.area());
    place.view.update(|view| view.pan(dx, dy, area));
}

/// With Ctrl it zooms at the pointer. Else it pans, and where nothing more is
/// to be seen that way the page scrolls.
fn on_wheel(place: TreePlace, event: &ev::WheelEvent) {
    let by = if event.delta_mode() == 0 {
        1.0
    } else {
        LINE_PX
    };
    let (dx, dy) = (event.delta_x() * by, event.delta_y() * by);
    let area = place.scene.with_untracked(|drawn| drawn.0.area());
    if event.ctrl_key() || event.meta_key() {
        event.prevent_default();
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let factor = (-dy / 400.0).exp();
        place.view.update(|view| view.zoom_by(factor, at, area));
        return;
    }
    let before = place.view.get_untracked();
    let mut after = before;
    if event.shift_key() && dx == 0.0 {
        after.pan(-dy, 0.0, area);
    } else {
        after.pan(-dx, -dy, area);
    }
    if after != before {
        event.prevent_default();
        place.view.set(after);
    }
}

fn on_key(place: TreePlace, event: &ev::KeyboardEvent) {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return;
    }
    let spot = place.chosen.get_untracked();
    let done = match event.key().as_str() {
        "ArrowLeft" => walk(place, spot, Step::Parent),
        "ArrowRight" => deeper(place, spot),
        "ArrowUp" => walk(place, spot, Step::Before),
        "ArrowDown" => walk(place, spot, Step::After),
        "Home" => walk(place, spot, Step::First),
        "End" => walk(place, spot, Step::Last),
        "Enter" => enter(place, spot),
        " " => {
            place.toggle(spot);
            true
        }
        "+" | "=" => {
            zoom(place, true);
            true
        }
        "-" => {
            zoom(place, false);
            true
        }
        "0" => {
            fit(place);
            true
        }
        "Escape" => {
            place.detail.set(false);
            true
        }
        "/" => look_for(),
        _ => false,
    };
    if done {
        event.prevent_default();
        event.stop_propagation();
    }
}

fn walk(place: TreePlace, from: Spot, step: Step) -> bool {
    let to = place
        .scene
        .with_untracked(|drawn| Scene::step(&drawn.0, from, step));
    if let Some(to) = to {
        place.choose(to);
    }
    true
}

/// To the first child; a folded branch is opened first.
fn deeper(place: TreePlace, spot: Spot) -> bool {
    let open = place
        .scene
        .with_untracked(|drawn| drawn.0.get(spot).and_then(|item| item.open));
    if open == Some(false) {
        place.toggle(spot);
        true
    } else {
        walk(place, spot, Step::Child)
    }
}

/// Opens the detail, and goes into it.
fn enter(place: TreePlace, spot: Spot) -> bool {
    if let Spot::More(branch) = spot {
        place.load(branch);
        return true;
    }
    place.detail.set(true);
    set_timeout(|| focus("tree-detail"), Duration::ZERO);
    true
}

fn look_for() -> bool {
    focus("tree-find");
    true
}

/// Gives the focus to an element. Browser only.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only where the element cannot have it.
        let _ = element.focus();
    }
}
