//! Pages of subscriptions and of identities.

use serde_json::{Value, json};
use switchhook::testing::LocalArgyle;

use crate::{Client, wanted};

fn names(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

async fn argyle_with(subscriptions: usize) -> (LocalArgyle, Client) {
    let argyle = LocalArgyle::start().await.unwrap();
    for number in 0..subscriptions {
        argyle.subscribe(wanted(&format!("{number:02}"))).unwrap();
    }
    let client = Client::of(&argyle);
    (argyle, client)
}

async fn delete(client: &Client, subscription: &Value) {
    let path = format!("/webhooks/{}", subscription["id"].as_str().unwrap());
    assert_eq!(client.call(reqwest::Method::DELETE, &path, &Value::Null).await.0, 204);
}

#[tokio::test]
async fn thirty_are_three_pages_of_ten() {
    let (argyle, client) = argyle_with(30).await;
    let first = client.get("/webhooks").await.1;
    assert_eq!(first["previous"], Value::Null);
    assert!(first["next"].as_str().unwrap().starts_with(&format!("{}/webhooks?cursor=", argyle.base_url())));
    let second = client.follow(&first["next"]).await;
    let third = client.follow(&second["next"]).await;
    assert_eq!(third["next"], Value::Null);
    let all: Vec<_> = [&first, &second, &third].into_iter().flat_map(names).collect();
    assert_eq!(all, (0..30).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    assert_eq!(client.follow(&third["previous"]).await, second);
    assert_eq!(client.follow(&second["previous"]).await, first);
}

#[tokio::test]
async fn links_lead_to_the_host_that_was_asked() {
    let (argyle, client) = argyle_with(11).await;
    let address = argyle.base_url().strip_prefix("http://").unwrap().strip_suffix("/v2").unwrap().to_owned();
    let port = address.rsplit_once(':').unwrap().1;
    let localhost = format!("localhost:{port}");
    argyle.put_identity(json!({}));
    argyle.put_identity(json!({}));
    for (asked, linked) in [
        (localhost.as_str(), localhost.as_str()),
        ("argyle.test", "argyle.test"),
        ("[::1]:8080", "[::1]:8080"),
        ("", &address),
        ("no host", &address),
    ] {
        for list in ["webhooks", "identities?limit=1"] {
            let request = client.request(reqwest::Method::GET, &format!("/{list}")).header("host", asked);
            let page = crate::read(request.send().await.unwrap()).await.1;
            let next = page["next"].as_str().unwrap();
            assert!(next.starts_with(&format!("http://{linked}/v2/{list}")[..]), "{asked}: {next}");
        }
    }
    // As a client does it that knows `localhost`.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |url: String| http.get(url).basic_auth(argyle.key_id(), Some(argyle.key_secret())).send();
    let first = crate::read(get(format!("http://{localhost}/v2/webhooks")).await.unwrap()).await.1;
    let second = crate::read(get(first["next"].as_str().unwrap().to_owned()).await.unwrap()).await.1;
    assert_eq!(names(&second), ["10"]);
    assert!(second["previous"].as_str().unwrap().starts_with(&format!("http://{localhost}/v2/webhooks?")));
}

#[tokio::test]
async fn pages_hold_while_others_come_and_go() {
    let (argyle, client) = argyle_with(30).await;
    let first = client.get("/webhooks").await.1;
    // All that was seen, the first two of what was not, and the very last.
    for one in argyle.subscriptions().iter().take(12).chain(argyle.subscriptions().last()) {
        delete(&client, one).await;
    }
    argyle.subscribe(wanted("new")).unwrap();
    let second = client.follow(&first["next"]).await;
    assert_eq!(names(&second), (12..22).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(second["previous"], Value::Null, "nothing is left there");
    let third = client.follow(&second["next"]).await;
    assert_eq!(names(&third), ["22", "23", "24", "25", "26", "27", "28", "new"]);

    for one in argyle.subscriptions() {
        delete(&client, &one).await;
    }
    for link in [&second["next"], &third["previous"]] {
        let nothing = json!({ "next": null, "previous": null, "results": [] });
        assert_eq!(client.follow(link).await, nothing);
    }
    argyle.subscribe(wanted("newest")).unwrap();
    let behind = client.follow(&third["previous"]).await;
    assert_eq!(names(&client.follow(&behind["next"]).await), ["newest"]);
}

#[tokio::test]
async fn a_page_has_the_limit_that_is_asked_for() {
    let (_argyle, client) = argyle_with(201).await;
    let page = client.get("/webhooks?limit=200").await.1;
    assert_eq!(names(&page).len(), 200);
    assert!(page["next"].as_str().unwrap().contains("limit=200&cursor="));
    assert_eq!(names(&client.follow(&page["next"]).await), ["200"]);
    for query in ["limit=0", "limit=201", "limit=-1", "limit=many", "limit="] {
        let (status, body) = client.get(&format!("/webhooks?{query}")).await;
        let sentence = "`limit` must be a number from 1 to 200.";
        assert_eq!((status.as_u16(), body), (400, json!({ "detail": sentence })), "{query}");
    }
    for cursor in ["x", "%00", "ZnJvbT14", "ZnJvbQ"] {
        let (status, body) = client.get(&format!("/webhooks?cursor={cursor}")).await;
        assert_eq!((status.as_u16(), body), (400, json!({ "detail": "Invalid cursor." })), "{cursor}");
    }
}

#[tokio::test]
async fn an_identity_is_put_changed_and_removed() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let mut ada = json!({ "id": "a/ü+&=%", "account": "account-1", "birth_date": "--03-09", "metadata": {} });
    assert_eq!(argyle.put_identity(ada.clone()), "a/ü+&=%");
    let path = "/identities/a%2F%C3%BC+%26=%25";
    assert_eq!(client.get(path).await, (reqwest::StatusCode::OK, ada.clone()));
    ada["employment_status"] = "terminated".into();
    argyle.put_identity(ada.clone());
    assert_eq!(client.get(path).await.1, ada);
    assert!(argyle.remove_identity("a/ü+&=%") && !argyle.remove_identity("a/ü+&=%"));
    assert_eq!(client.get(path).await, (reqwest::StatusCode::NOT_FOUND, json!({ "detail": "Not found." })));
    assert_eq!(client.call(reqwest::Method::POST, "/identities", &ada).await.0, 405);

    let made = argyle.put_identity(json!("no object"));
    assert_eq!(client.get(&format!("/identities/{made}")).await.1, json!({ "id": made }));
}

#[tokio::test]
async fn identities_are_listed_by_whose_they_are() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    for number in 0..40 {
        argyle.put_identity(json!({
            "id": format!("identity-{number:02}"),
            "account": format!("account-{}", number % 2),
            "employment": format!("employment-{}", number % 4),
            "user": format!("user-{}", number % 8),
        }));
    }
    let (mut page, mut ids) = (client.get("/identities?limit=7&account=account-1").await.1, Vec::new());
    loop {
        ids.extend(
            page["results"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        if page["next"].is_null() {
            break;
        }
        page = client.follow(&page["next"]).await;
    }
    assert_eq!(ids, (0..20).map(|number| format!("identity-{:02}", number * 2 + 1)).collect::<Vec<_>>());

    for (query, found) in [
        ("", 10),
        ("limit=200", 40),
        ("employment=employment-3&limit=200", 10),
        ("user=user-7", 5),
        ("user=user-7&account=account-0", 0),
        ("account=", 0),
    ] {
        let page = client.get(&format!("/identities?{query}")).await.1;
        let results = page["results"].as_array().unwrap();
        assert_eq!(results.len(), found, "{query}");
        assert!(results.iter().all(|identity| identity.get("user").is_none()));
    }
}
