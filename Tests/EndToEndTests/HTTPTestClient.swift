import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One HTTP request to a server on this machine; no cookies kept, no redirects hidden.
enum HTTPTestClient {
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]
        var text: String { String(decoding: self.body, as: UTF8.self) }
    }

    static func get(port: Int, path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await self.request("GET", port: port, path: path, headers: headers, body: nil)
    }

    static func post(port: Int, path: String, json: String, headers: [String: String] = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return try await self.request("POST", port: port, path: path, headers: headers, body: Data(json.utf8))
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        configuration.httpCookieStorage = nil
        configuration.timeoutIntervalForRequest = 5
        return URLSession(configuration: configuration)
    }()

    private static func request(
        _ method: String, port: Int, path: String, headers: [String: String], body: Data?
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await self.session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String { fields[name.lowercased()] = value }
        }
        return Answer(status: response.statusCode, headers: fields, body: Array(data))
    }
}
