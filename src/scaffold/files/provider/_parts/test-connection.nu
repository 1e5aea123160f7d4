    let validation = validate-config $config
    if not $validation.valid {
        return {success: false error: ($validation.errors | str join "; ") message: "Connection failed"}
    }
    let url = $config | check-against ProviderSettings | get value.api.base_url
    # Whether the API answers. Log in here too, once you know how.
    try {
        let answer = http get --full --allow-errors --max-time 10sec $url
        {success: ($answer.status < 500) account_info: {status: $answer.status} message: $"($url) answers"}
    } catch {|error|
        {success: false error: $error.msg message: "Connection failed"}
    }
