"""What botocore's signer makes of a request."""
import botocore.auth
import botocore.awsrequest
import botocore.credentials


HASH = "X-Amz-Content-SHA256"


def authorization(method, url, headers, body, scope, keys, timestamp):
    """The Authorization header. `headers` are pairs, `scope` is (region, signing name), `keys` are
    (id, secret, token), `timestamp` is yyyymmddThhmmssZ. Of a body that is not known (None) the
    hash that the headers say is taken."""
    region, service = scope
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    auth = signer(botocore.credentials.Credentials(*keys), service, region)
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context["timestamp"] = timestamp
    auth._modify_request_before_signing(request)  # pylint: disable=protected-access
    if body is None:
        said = {name.lower(): value for name, value in headers}.get(HASH.lower())
        del request.headers[HASH]
        request.headers[HASH] = said
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(  # pylint: disable=protected-access
        request, auth.signature(to_sign, request))
    return request.headers["Authorization"]
