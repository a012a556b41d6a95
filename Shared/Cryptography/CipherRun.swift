import COpenSSL

/// One sealing or opening with AES-GCM: OpenSSL's context, freed with it.
final class CipherRun {
    private let context: OpaquePointer

    init(key: [UInt8], nonce: [UInt8], isSealing: Bool) throws(CryptographyError) {
        guard nonce.count == AuthenticatedCipher.nonceLength else { throw .invalidNonceLength(nonce.count) }
        guard let context = EVP_CIPHER_CTX_new() else { throw .libraryFailure("no memory for a cipher") }
        self.context = context
        let cipher = key.count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()
        guard EVP_CipherInit_ex(context, cipher, nil, key, nonce, isSealing ? 1 : 0) == 1 else {
            throw .libraryFailure("AES-GCM is not available")
        }
    }

    deinit {
        EVP_CIPHER_CTX_free(self.context)  // also wipes the key
    }

    /// Takes up data that is authenticated and not encrypted.
    func authenticate(_ header: [UInt8]) throws(CryptographyError) {
        guard !header.isEmpty else { return }  // to OpenSSL, no data means something else
        guard let length = Int32(exactly: header.count) else { throw .lengthOutOfRange(header.count) }
        var written: Int32 = 0
        guard EVP_CipherUpdate(self.context, nil, &written, header, length) == 1 else {
            throw .libraryFailure("AES-GCM refused the authenticated data")
        }
    }

    /// GCM is a stream cipher: as many bytes come out as go in.
    func transform(_ input: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard !input.isEmpty else { return [] }
        guard let length = Int32(exactly: input.count) else { throw .lengthOutOfRange(input.count) }
        var output = [UInt8](repeating: 0, count: input.count)
        var written: Int32 = 0
        guard EVP_CipherUpdate(self.context, &output, &written, input, length) == 1, written == length else {
            throw .libraryFailure("AES-GCM refused the text")
        }
        return output
    }

    /// Ends a sealing.
    func finishedTag() throws(CryptographyError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: AuthenticatedCipher.tagLength)
        guard self.finish(),
            EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
        else { throw .libraryFailure("AES-GCM gave no tag") }
        return tag
    }

    /// Ends an opening; OpenSSL compares in constant time.
    func verify(tag: [UInt8]) throws(CryptographyError) {
        var tag = tag
        guard EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1, self.finish()
        else {
            ERR_clear_error()  // the queue is the thread's: what stays in it would confuse the next caller
            throw .authenticationFailed
        }
    }

    private func finish() -> Bool {
        var nothing = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        return EVP_CipherFinal_ex(self.context, &nothing, &written) == 1
    }
}
