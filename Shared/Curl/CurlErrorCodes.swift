import CCurl

extension CurlError {
    /// Reads curl's result code.
    ///
    /// - Parameters:
    ///   - code: Not `CURLE_OK`.
    ///   - detail: curl's own sentence about this failure, or an empty string.
    ///   - handedOver: Whether the whole request had left us.
    init(_ code: CURLcode, detail: String, handedOver: Bool) {
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION:
            self = .invalid(text)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            self = .unreachable(text)
        case CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .untrusted(text)
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR:
            self = .notAuthenticated(text)
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut(mayHaveRun: handedOver)
        default:
            self = .connectionLost(text, mayHaveRun: handedOver)
        }
    }
}
