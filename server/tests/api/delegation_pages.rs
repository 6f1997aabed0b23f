//! What pages ask for: server functions of delegations, and trees as files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Client, FORM, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::json;

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A proposal with an answer; gives its id.
async fn proposal(client: &Client) -> String {
    let hub_id = setup::hub(client, "trees").await;
    let agent_id = setup::agent(client, &hub_id, "one", "scripted/careful").await;
    setup::route(client, &hub_id, "requirement_draft", &agent_id, 10).await;
    let widget = json!({ "hub_id": hub_id, "slug": "calendar", "title": "Calendar" });
    let widget = client.post("/widgets", &widget).await.expect(201);
    let path = format!(
        "/widgets/{}/draft-requirement?wait=true",
        setup::text(&widget["id"])
    );
    let proposal = client.post(&path, &json!({})).await.expect(200);
    setup::text(&proposal["id"])
}

#[tokio::test]
async fn changing_a_delegation_needs_a_reviewer() {
    on_each(|server| async move {
        let delegate = format!(
            "id={NO_ID}&receiving_agent_id={NO_ID}&scope=s&token_budget=10&idempotency_key=k"
        );
        let named = format!("id={NO_ID}");
        for (name, form) in [
            ("delegate", &delegate),
            ("cancel_delegation", &named),
            ("close_delegation", &named),
        ] {
            server
                .asks_for_role(name, FORM, form.clone(), Role::Reviewer)
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn reading_delegations_needs_somebody() {
    on_each(|server| async move {
        let view = json!({ "under": null, "after": null, "most": 5, "find": null });
        let query = json!({ "hub": null, "agent": null, "status": null, "cursor": null });
        for (name, body) in [
            ("delegations_of", json!({ "id": NO_ID })),
            ("delegate_form", json!({ "id": NO_ID })),
            ("tree_part", json!({ "id": NO_ID, "view": view })),
            ("tree_page", json!({ "id": NO_ID })),
            ("delegation_view", json!({ "id": NO_ID })),
            ("delegation", json!({ "id": NO_ID })),
            ("list_delegations", json!({ "query": query })),
        ] {
            let nobody = server.nobody();
            let call = |session: Option<String>| {
                let request = nobody
                    .anywhere(Method::POST, &format!("/rpc/{name}"))
                    .header("content-type", "application/json")
                    .header("sec-fetch-site", "same-origin")
                    .body(body.to_string());
                match session {
                    Some(secret) => request.header("cookie", format!("inter_hub_session={secret}")),
                    None => request,
                }
            };
            assert_eq!(nobody.send(call(None)).await.status, 401, "{name}");
            let session = server.session_of(Role::Viewer).await;
            let answer = nobody.send(call(Some(session))).await;
            let wanted = if name == "list_delegations" { 200 } else { 404 };
            assert_eq!(answer.status, wanted, "{name}: {:#}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn trees_are_files_for_those_who_are_signed_in() {
    on_each(|server| async move {
        let setup = proposal(&server.admin().await).await;
        let nobody = server.nobody();
        for name in ["delegations.json", "delegations.prov.json"] {
            let get = |id: &str, session: Option<&str>| {
                let path = format!("/proposals/{id}/{name}");
                let request = nobody.anywhere(Method::GET, &path);
                match session {
                    Some(secret) => request.header("cookie", format!("inter_hub_session={secret}")),
                    None => request,
                }
            };
            assert_eq!(nobody.send(get(&setup, None)).await.status, 401);
            let session = server.session_of(Role::Viewer).await;
            let answer = nobody.send(get(&setup, Some(&session))).await;
            assert_eq!(answer.status, 200, "{:#}", answer.body);
            let disposition = answer.header("content-disposition").to_owned();
            assert!(disposition.starts_with("attachment"), "{disposition}");
            assert!(disposition.contains(&setup), "{disposition}");
            let missing = nobody.send(get(NO_ID, Some(&session))).await;
            assert_eq!(missing.status, 404);
            let malformed = nobody.send(get("no-uuid", Some(&session))).await;
            assert_eq!(malformed.status, 400);
        }
    })
    .await;
}
