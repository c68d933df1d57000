use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The documented object, with own values.
fn example() -> Value {
    json!({
        "id": "5c0ffee0-1111-3222-a333-444455556666",
        "account": "0190aaaa-1111-f222-9333-444455556666",
        "address": {
            "city": "Tulsa", "line1": "1 Example Way", "line2": null, "state": "OK", "country": "US",
            "postal_code": "74103",
        },
        "first_name": "Ada",
        "last_name": "Sample",
        "full_name": "Ada Sample",
        "birth_date": "--03-09",
        "email": "ada@example.test",
        "phone_number": "+15555550100",
        "picture_url": null,
        "employment_status": "terminated",
        "employment_type": "part-time",
        "job_title": "Picker",
        "ssn": "XXX-XX-0000",
        "marital_status": null,
        "gender": null,
        "original_hire_date": "2021-05-18",
        "hire_date": "2022-05-18",
        "termination_date": "2026-01-31",
        "termination_reason": null,
        "employer": "Northwind Stores",
        "employment": "0190cccc-1111-331d-c753-444455556666",
        "base_pay": { "amount": "18.08", "period": "hourly", "currency": "USD" },
        "pay_cycle": "biweekly",
        "platform_ids": { "employee_id": "E1", "position_id": "P1", "platform_user_id": "U1" },
        "created_at": "2026-02-03T10:00:07.383Z",
        "updated_at": "2026-02-03T10:00:09.704Z",
        "metadata": {},
    })
}

fn decode(json: &Value) -> Identity {
    let identity = serde_json::from_str::<Identity>(&json.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&identity).unwrap(), *json, "as it came");
    assert_eq!(Identity::deserialize(json).unwrap(), identity);
    identity
}

/// Every field of the example, those within its objects too.
fn pointers() -> Vec<String> {
    let example = example();
    let mut pointers = Vec::new();
    for (name, value) in example.as_object().unwrap() {
        pointers.push(format!("/{name}"));
        pointers.extend(
            value.as_object().into_iter().flat_map(Map::keys).map(|inner| format!("/{name}/{inner}")),
        );
    }
    pointers
}

/// The object that a field stands in, and the field's name.
fn parent<'a, 'b>(json: &'a mut Value, pointer: &'b str) -> (&'a mut Map<String, Value>, &'b str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    (json.pointer_mut(parent).unwrap().as_object_mut().unwrap(), name)
}

/// Of the record that a field stands in: what it keeps in `other`.
fn other<'a>(identity: &'a Identity, pointer: &str) -> &'a Map<String, Value> {
    match pointer.split('/').nth_back(1).unwrap() {
        "address" => &identity.address.as_ref().unwrap().other,
        "base_pay" => &identity.base_pay.as_ref().unwrap().other,
        "platform_ids" => &identity.platform_ids.as_ref().unwrap().other,
        _ => &identity.other,
    }
}

#[test]
fn the_documented_example_decodes() {
    let text = |text: &str| Some(text.to_owned());
    let nulls = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    let expected = Identity {
        id: text("5c0ffee0-1111-3222-a333-444455556666"),
        account: text("0190aaaa-1111-f222-9333-444455556666"),
        address: Some(Address {
            line1: text("1 Example Way"),
            line2: None,
            city: text("Tulsa"),
            state: text("OK"),
            postal_code: text("74103"),
            country: text("US"),
            other: nulls(&["line2"]),
        }),
        first_name: text("Ada"),
        last_name: text("Sample"),
        full_name: text("Ada Sample"),
        birth_date: text("--03-09"),
        email: text("ada@example.test"),
        phone_number: text("+15555550100"),
        picture_url: None,
        employment_status: Some(EmploymentStatus::Terminated),
        employment_type: Some(EmploymentType::PartTime),
        job_title: text("Picker"),
        ssn: Some("XXX-XX-0000".into()),
        marital_status: None,
        gender: None,
        original_hire_date: text("2021-05-18"),
        hire_date: text("2022-05-18"),
        termination_date: text("2026-01-31"),
        termination_reason: None,
        employer: text("Northwind Stores"),
        employment: text("0190cccc-1111-331d-c753-444455556666"),
        base_pay: Some(BasePay {
            amount: text("18.08"),
            period: Some(PayPeriod::Hourly),
            currency: text("USD"),
            other: Map::new(),
        }),
        pay_cycle: Some(PayCycle::Biweekly),
        platform_ids: Some(PlatformIds {
            employee_id: text("E1"),
            position_id: text("P1"),
            platform_user_id: text("U1"),
            other: Map::new(),
        }),
        created_at: text("2026-02-03T10:00:07.383Z"),
        updated_at: text("2026-02-03T10:00:09.704Z"),
        other: {
            let mut other: Map<_, _> =
                nulls(&["picture_url", "marital_status", "gender", "termination_reason"]);
            other.insert("metadata".to_owned(), json!({}));
            other
        },
    };
    assert_eq!(decode(&example()), expected);
}

#[test]
fn nothing_decodes_to_nothing() {
    assert_eq!(decode(&json!({})), Identity::default());
}

#[test]
fn any_field_can_be_absent() {
    for pointer in pointers() {
        let mut json = example();
        let (object, name) = parent(&mut json, &pointer);
        object.remove(name).unwrap();
        assert!(!other(&decode(&json), &pointer).contains_key(name), "{pointer}");
    }
}

#[test]
fn any_field_can_be_null_or_of_another_type() {
    let objects = ["/address", "/base_pay", "/platform_ids"];
    let values =
        [json!(null), json!(true), json!(7), json!(1.5), json!(["a"]), json!({"a": null}), json!("a")];
    for pointer in pointers().into_iter().filter(|pointer| pointer != "/metadata") {
        for value in &values {
            let mut json = example();
            let (object, name) = parent(&mut json, &pointer);
            object.insert(name.to_owned(), value.clone());
            let fits = if objects.contains(&&*pointer) { value.is_object() } else { value.is_string() };
            let kept = (!fits).then_some(value);
            assert_eq!(other(&decode(&json), &pointer).get(name), kept, "{pointer}: {value}");
        }
    }
}

#[test]
fn unknown_fields_stay_at_each_level() {
    let fields = [("new", json!({"deep": [1, null]})), ("other", json!("theirs")), ("", json!(null))];
    for within in ["", "/address", "/base_pay", "/platform_ids", "/metadata"] {
        for (name, value) in &fields {
            let mut json = example();
            let pointer = format!("{within}/{name}");
            let (object, name) = parent(&mut json, &pointer);
            object.insert(name.to_owned(), value.clone());
            let identity = decode(&json);
            if within != "/metadata" {
                assert_eq!(other(&identity, &pointer).get(name), Some(value), "{pointer}");
            }
        }
    }
}

#[test]
fn a_set_field_replaces_what_was_kept_of_that_name() {
    let mut identity = decode(&json!({"pay_cycle": null, "employer": "Northwind Stores"}));
    identity.pay_cycle = Some(PayCycle::Weekly);
    identity.employer = None;
    assert_eq!(serde_json::to_string(&identity).unwrap(), r#"{"pay_cycle":"weekly"}"#);
}

#[test]
fn texts_come_back_as_they_were_and_numbers_within_64_bits() {
    for (came, goes) in [
        (r#"{"base_pay":{"amount":"0.1000000000000000055511151231257827"}}"#, None),
        (r#"{"new":18446744073709551615}"#, None),
        (r#"{"new":-0.25}"#, None),
        // What serde_json makes of them, and the documentation says.
        (r#"{"base_pay":{"amount":18.10}}"#, Some(r#"{"base_pay":{"amount":18.1}}"#)),
        (r#"{"new":12345678901234567890123}"#, Some(r#"{"new":1.2345678901234568e+22}"#)),
    ] {
        let identity: Identity = serde_json::from_str(came).unwrap();
        assert_eq!(serde_json::to_string(&identity).unwrap(), goes.unwrap_or(came));
    }
}

#[test]
fn debug_shows_of_what_has_no_field_the_names_only() {
    let ssn = json!({ "ssn": "123456789" });
    let identity = decode(&json!({ "metadata": ssn, "address": ssn, "base_pay": "123456789", "new": ssn }));
    let debug = format!("{identity:?}");
    assert!(debug.contains("metadata") && !debug.contains("123456789"), "{debug}");
}

#[test]
fn debug_never_shows_the_ssn() {
    for ssn in [json!("123456789"), json!(123_456_789), json!({"number": "123456789"}), json!(["123456789"])]
    {
        let mut json = example();
        json["ssn"] = ssn.clone();
        let identity = decode(&json);
        for debug in [format!("{identity:?}"), format!("{identity:#?}")] {
            assert!(!debug.contains("123456789"), "{debug}");
            assert!(debug.contains(if ssn.is_string() { "Ssn(***)" } else { "\"ssn\"" }), "{debug}");
            assert!(debug.contains("Ada Sample"), "{debug}");
        }
    }
}

#[test]
fn errors_show_no_value() {
    for json in ["123456789", r#""123456789""#, r#"["123456789"]"#, "null"] {
        let error = serde_json::from_str::<Identity>(json).unwrap_err().to_string();
        assert!(error.starts_with("`Identity` must be a JSON object"), "{error}");
        assert!(!error.contains("123456789"), "{error}");
    }
    for json in ["123456789", r#"["123456789"]"#, r#"{"123456789":1}"#, "null"] {
        let error = serde_json::from_str::<Ssn>(json).unwrap_err().to_string();
        assert!(error.starts_with("`Ssn` must be a JSON string"), "{error}");
        assert!(!error.contains("123456789"), "{error}");
    }
    let error = serde_json::from_str::<Identity>(r#"{"ssn":"123456789""#).unwrap_err();
    assert_eq!(error.to_string(), "EOF while parsing an object at line 1 column 18");
}

fn updated_at(time: Option<&str>) -> Identity {
    Identity { updated_at: time.map(str::to_owned), ..Identity::default() }
}

#[test]
fn times_of_any_precision_compare_as_times() {
    let in_order = [
        &["2025-12-31T23:59:59.999999Z"][..],
        &["2026-02-03T10:00:09Z", "2026-02-03T10:00:09.000Z", "2026-02-03T10:00:09.000000Z"],
        &["2026-02-03T10:00:09.000001Z"],
        &["2026-02-03T10:00:09.704Z", "2026-02-03T10:00:09.704000Z"],
        &["2026-02-03T10:00:09.704001Z"],
        &["2026-02-03T10:00:09.71Z"],
        &["2026-02-03T10:00:10Z"],
    ];
    let times =
        || in_order.iter().enumerate().flat_map(|(place, same)| same.iter().map(move |time| (place, *time)));
    for (place, time) in times() {
        for (other_place, other) in times() {
            let is_newer = updated_at(Some(time)).is_newer_than(&updated_at(Some(other)));
            assert_eq!(is_newer, place > other_place, "{time} {other}");
        }
    }
}

#[test]
fn a_time_in_another_form_is_not_known_to_be_newer() {
    let now = updated_at(Some("2026-02-03T10:00:09.704Z"));
    for time in [
        None,
        Some(""),
        Some("Z"),
        Some("2026-02-03"),
        Some("2026-02-03T10:00:09.704"),
        Some("2026-02-03T10:00:09.704+02:00"),
        Some("2026-02-03T10:00:09.7a4Z"),
        Some("2026-02-03 10:00:09.704Z"),
        Some("٢٠٢٦-02-03T10:00:09.704Z"),
        Some("9999-02-03T10:00Z"),
    ] {
        let other = updated_at(time);
        assert!(!now.is_newer_than(&other) && !other.is_newer_than(&now), "{time:?}");
    }
}

/// Any JSON, with the names of fields and words among its texts.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), objects(inner)]
    })
}

fn objects(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(texts(), values, 0..8)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn texts() -> impl Strategy<Value = String> {
    let known: Vec<_> =
        pointers().iter().map(|pointer| pointer.rsplit('/').next().unwrap().to_owned()).collect();
    prop_oneof![3 => prop::sample::select(known), 1 => ".*", 1 => "active|other|weekly"]
}

proptest! {
    #[test]
    fn any_object_decodes_and_encodes_to_itself(json in objects(values())) {
        decode(&json);
    }

    #[test]
    fn any_value_in_any_field_decodes_and_encodes_to_itself(
        value in values(),
        pointer in prop::sample::select(pointers()),
    ) {
        let mut json = example();
        *json.pointer_mut(&pointer).unwrap() = value;
        decode(&json);
    }
}
