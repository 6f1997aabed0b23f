//! Every endpoint asks who calls, and with what role, before anything else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::collections::BTreeSet;

use crate::common::{on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// Each endpoint with the least role that may call it.
const ENDPOINTS: &[(&str, &str, Role)] = &[
    ("get", "/hubs", Role::Viewer),
    ("post", "/hubs", Role::Admin),
    ("get", "/hubs/{id}", Role::Viewer),
    ("patch", "/hubs/{id}", Role::Admin),
    ("get", "/hubs/{id}/events", Role::Viewer),
    ("get", "/hubs/{id}/capability-manifest", Role::Viewer),
    ("put", "/hubs/{id}/capability-manifest", Role::Admin),
    (
        "get",
        "/hubs/{id}/capability-manifest/versions",
        Role::Viewer,
    ),
    ("get", "/type-registries", Role::Viewer),
    ("post", "/type-registries", Role::Admin),
    ("patch", "/type-registries/{id}", Role::Admin),
    ("get", "/widgets", Role::Viewer),
    ("post", "/widgets", Role::Steward),
    ("get", "/widgets/{id}", Role::Viewer),
    ("patch", "/widgets/{id}", Role::Steward),
    ("get", "/widgets/{id}/timeline", Role::Viewer),
    ("get", "/widgets/{id}/summaries", Role::Viewer),
    ("get", "/interaction-events", Role::Viewer),
    ("post", "/interaction-events", Role::Reviewer),
    ("get", "/outcome-signals", Role::Viewer),
    ("post", "/outcome-signals", Role::Reviewer),
    ("get", "/requirement-candidates", Role::Viewer),
    ("post", "/requirement-candidates", Role::Reviewer),
    ("get", "/requirement-candidates/{id}", Role::Viewer),
    ("patch", "/requirement-candidates/{id}", Role::Reviewer),
    ("get", "/decision-records", Role::Viewer),
    ("post", "/decision-records", Role::Reviewer),
    ("get", "/decision-records/{id}", Role::Viewer),
    ("patch", "/decision-records/{id}", Role::Reviewer),
    ("get", "/agents", Role::Viewer),
    ("post", "/agents", Role::Steward),
    ("get", "/agents/{id}", Role::Viewer),
    ("patch", "/agents/{id}", Role::Steward),
    ("get", "/agents/{id}/versions", Role::Viewer),
    ("get", "/agents/{id}/routes", Role::Viewer),
    ("get", "/agents/{id}/work", Role::Viewer),
    ("get", "/agents/{id}/summary", Role::Viewer),
    ("post", "/agents/{id}/try", Role::Reviewer),
    ("post", "/agents/{id}/activate", Role::Steward),
    ("post", "/agents/{id}/deactivate", Role::Steward),
    ("get", "/routing-policies", Role::Viewer),
    ("post", "/routing-policies", Role::Steward),
    ("get", "/routing-policies/{id}", Role::Viewer),
    ("delete", "/routing-policies/{id}", Role::Steward),
    ("get", "/routing-policies/resolve", Role::Viewer),
    ("patch", "/routing-policies/{id}", Role::Steward),
    ("get", "/routing-policies/explain", Role::Viewer),
    ("post", "/routing-policies/reorder", Role::Steward),
    ("get", "/model-prices", Role::Viewer),
    ("post", "/model-prices", Role::Steward),
    ("get", "/model-prices/{id}", Role::Viewer),
    ("patch", "/model-prices/{id}", Role::Steward),
    ("delete", "/model-prices/{id}", Role::Steward),
    ("get", "/model-prices/missing", Role::Viewer),
    ("get", "/governance-policies", Role::Viewer),
    ("post", "/governance-policies", Role::Steward),
    ("get", "/governance-policies/{id}", Role::Viewer),
    ("patch", "/governance-policies/{id}", Role::Steward),
    ("post", "/governance-policies/{id}/toggle", Role::Steward),
    ("post", "/governance-policies/check", Role::Viewer),
    ("post", "/governance-policies/what-if", Role::Viewer),
    ("get", "/governance/dashboard", Role::Viewer),
    ("get", "/collective-proposals", Role::Viewer),
    ("post", "/collective-proposals", Role::Reviewer),
    ("get", "/collective-proposals/{id}", Role::Viewer),
    ("post", "/collective-proposals/{id}/cancel", Role::Reviewer),
    ("post", "/collective-proposals/estimate", Role::Reviewer),
    (
        "post",
        "/collective-proposals/{id}/another-round",
        Role::Reviewer,
    ),
    ("get", "/collective-proposals/{id}/reviews", Role::Viewer),
    ("post", "/collective-proposals/{id}/reviews", Role::Reviewer),
    ("get", "/collective-proposals/{id}/events", Role::Viewer),
    ("post", "/widgets/{id}/summarize-cluster", Role::Reviewer),
    ("post", "/widgets/{id}/draft-requirement", Role::Reviewer),
    (
        "post",
        "/decision-records/{id}/propose-implementation",
        Role::Reviewer,
    ),
    (
        "post",
        "/requirement-candidates/{id}/detect-duplicates",
        Role::Reviewer,
    ),
    ("get", "/proposals", Role::Viewer),
    ("get", "/proposals/{id}", Role::Viewer),
    ("get", "/proposals/{id}/answers", Role::Viewer),
    ("get", "/proposals/{id}/events", Role::Viewer),
    ("post", "/proposals/{id}/cancel", Role::Reviewer),
    ("post", "/proposals/{id}/another-round", Role::Reviewer),
    ("get", "/proposals/{id}/reviews", Role::Viewer),
    ("post", "/proposals/{id}/reviews", Role::Reviewer),
    ("get", "/proposals/{id}/confidence", Role::Viewer),
    ("post", "/proposals/{id}/confidence", Role::Reviewer),
    ("get", "/proposals/{id}/judgement", Role::Viewer),
    ("post", "/proposals/{id}/judgement", Role::Reviewer),
    ("get", "/agents/{id}/performance", Role::Viewer),
    ("post", "/agents/{id}/performance", Role::Reviewer),
    ("get", "/agents/{id}/performance/report", Role::Viewer),
    ("get", "/agents/{id}/performance/export", Role::Viewer),
    ("get", "/performance", Role::Viewer),
    ("get", "/performance/export", Role::Viewer),
    ("get", "/performance/suggestions", Role::Viewer),
    (
        "post",
        "/performance/suggestions/{id}/confirm",
        Role::Steward,
    ),
    (
        "post",
        "/performance/suggestions/{id}/dismiss",
        Role::Steward,
    ),
    ("get", "/delegations", Role::Viewer),
    ("get", "/delegations/{id}", Role::Viewer),
    ("post", "/delegations/{id}/cancel", Role::Reviewer),
    ("post", "/delegations/{id}/close", Role::Reviewer),
    ("get", "/proposals/{id}/delegations", Role::Viewer),
    ("post", "/proposals/{id}/delegations", Role::Reviewer),
    ("get", "/proposals/{id}/delegation-options", Role::Viewer),
    ("get", "/proposals/{id}/delegation-tree", Role::Viewer),
    ("get", "/proposals/{id}/delegation-tree/prov", Role::Viewer),
    ("get", "/proposals/{id}/delegation-nodes", Role::Viewer),
    ("get", "/proposals/{id}/way-up", Role::Viewer),
    ("get", "/inbox", Role::Viewer),
    ("get", "/invocations", Role::Viewer),
    ("get", "/invocations/{id}", Role::Viewer),
    ("get", "/audit", Role::Steward),
    ("get", "/bridge", Role::Admin),
    ("get", "/providers", Role::Admin),
    ("post", "/providers/{provider}/tests", Role::Admin),
    ("get", "/providers/{provider}/errors", Role::Admin),
    ("get", "/tokens", Role::Admin),
    ("post", "/tokens", Role::Admin),
    ("delete", "/tokens/{id}", Role::Admin),
];

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn lower(role: Role) -> Option<Role> {
    Role::ALL.iter().rev().copied().find(|other| *other < role)
}

#[test]
fn every_endpoint_of_the_document_is_in_the_table() {
    let document = serde_json::to_value(server::api::document()).unwrap();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v2").expect("all below /api/v2");
        for verb in item.as_object().unwrap().keys() {
            documented.insert((verb.clone(), path.to_owned()));
        }
    }
    let tested: BTreeSet<_> = ENDPOINTS
        .iter()
        .map(|(verb, path, _)| ((*verb).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(documented, tested);
}

#[tokio::test]
async fn nobody_and_too_low_a_role_are_refused_before_the_body() {
    on_each(|server| async move {
        let nobody = server.nobody();
        let stranger = crate::common::Client::new(&server.base, Some("ih_nonsense".to_owned()));
        for (verb, path, role) in ENDPOINTS {
            let method: Method = verb.to_uppercase().parse().unwrap();
            // A path id and a body that would be refused too.
            let path = path.replace("{id}", "no-uuid");
            let send = |client: crate::common::Client| {
                let request = client.request(method.clone(), &path).body("{");
                async move { client.send(request).await }
            };
            let answer = send(nobody.clone()).await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            answer.refused(401, &[]);
            send(stranger.clone()).await.refused(401, &[]);
            if let Some(low) = lower(*role) {
                let problem = send(server.client(low).await).await.refused(403, &[]);
                assert_eq!(problem["code"], "not_allowed", "{verb} {path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_least_role_is_enough() {
    on_each(|server| async move {
        for (verb, path, role) in ENDPOINTS {
            let client = server.client(*role).await;
            let method: Method = verb.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", NO_ID);
            let request = client.request(method, &path).json(&json!({}));
            let answer = client.send(request).await;
            assert!(
                !matches!(answer.status, 401 | 403) && answer.status < 500,
                "{verb} {path}: {} {:#}",
                answer.status,
                answer.body
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_opens_the_streams_and_nothing_else_of_the_api() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "s", &["scripted/careful", "scripted/bold"]).await;
        let run: Value = setup::run(&admin, &hub_id, "What first?").await;
        let cookie = format!("a=b; inter_hub_session={}", server.session().await);
        let nobody = server.nobody();
        let events = format!("/collective-proposals/{}/events", setup::text(&run["id"]));
        for (path, status) in [(events.as_str(), 200), ("/hubs", 401)] {
            let request = nobody.request(Method::GET, path).header("cookie", &cookie);
            assert_eq!(nobody.send(request).await.status, status, "{path}");
        }
        let wrong = nobody
            .request(Method::GET, &events)
            .header("cookie", "inter_hub_session=x");
        nobody.send(wrong).await.refused(401, &[]);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_is_no_token() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let body = json!({ "name": "ci", "role": "viewer" });
        let made = admin.post("/tokens", &body).await.expect(201);
        let client = crate::common::Client::new(&server.base, Some(setup::text(&made["token"])));
        client.get("/hubs").await.expect(200);
        let path = format!("/tokens/{}", setup::text(&made["id"]));
        admin.delete(&path).await.expect(204);
        client.get("/hubs").await.refused(401, &[]);
    })
    .await;
}
