"""What each kind of message means: the gates that may be closed, the rules that find out why, and what to look at.

Sources: IAM User Guide, "Troubleshoot access denied error messages" (the words for each type of policy, and that one
type alone is named); S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors" (messages between accounts
name no reason); S3 and KMS API References (errors); KMS Developer Guide, "Allowing users in other accounts to use a
KMS key".
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from tf_kms_guard.messages.denial import Denial


class Meaning(Struct, frozen=True):
    """One kind of message, or one row of the table that people look their message up in.

    ``saw``: its telling words. ``gates``: those that it may come from, the likeliest first; none for what no gate of
    ours is. ``besides``: gates that may be closed as well, of which the message says nothing. ``outside``: the kind of
    policy that stands in no resource's or role's own text.
    """

    kind: str
    service: str
    saw: str
    title: str
    words: str
    gates: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    outside: str | None = None

    @property
    def certain(self) -> bool:
        """Whether the message leaves one answer only."""
        return len(self.gates) == 1 or (not self.gates and self.outside is not None)


_KEY: Final = (
    "KP001",
    "KP002",
    "KP003",
    "KP004",
    "KP007",
    "KC001",
    "KP006",
    "CO001",
    "CO002",
    "CO003",
    "CO004",
    "CO005",
    "GR001",
)
_BUCKET: Final = ("BP001", "BP002", "BP006", "CO002", "CO004", "CO005")
_ROLE_KMS: Final = ("ID002", "ID003", "KR003", "KC006", "CO001", "CO003")
_ANY_KMS: Final = tuple(dict.fromkeys((*_KEY, *_ROLE_KMS)))
_ORGANISATION: Final = "it hangs on an account or organisational unit, so look in the management account's code"

_KEY_CHECKS: Final = (
    "the key's policy names the caller, or its account, and the action; only the key's own account can change it",
    "the bucket does not use the AWS managed key aws/s3, whose policy nobody can change",
    "the key still exists, and is in the Region of the bucket",
    "the object may be older than the bucket's present key: head-object shows which key it has",
)
_STATE_CHECKS: Final = (
    "describe-key, called in the key's account, shows its state: enabled, disabled, pending deletion or import",
    "objects stay encrypted with the key they were written with, whatever the bucket's default is now",
)

MEANINGS: Final = (
    Meaning(
        "access-denied",
        "s3",
        "AccessDenied … Access Denied, or 403 Forbidden, and no action is named",
        "S3 says no, and not why",
        "Between two accounts S3 gives no reason. As no kms: action is named, S3's own checks come first: the bucket "
        "policy and the caller's S3 permission. A client that cuts messages short, and every HEAD request, hides a KMS "
        "denial behind the same words.",
        ("bucket-policy", "identity-s3"),
        ("key-policy", "identity-kms"),
        ("BP001", "BP002", "BP003", "BP004", "BP005", "BP006", "ID001", "WR003", "WR004", "ID004"),
        (
            "the bucket policy allows the action on the objects (ARN with /*) to the caller or its account",
            "a policy of the caller allows the action on the bucket's objects",
            "Block Public Access does not cancel a policy that S3 takes for public",
            "the object belongs to the bucket's owner, and the bucket does not have the requester pay",
            "the object exists: without s3:ListBucket a missing one is a 403 too",
            "an upload sends what the bucket policy asks for: encryption headers, no ACL, no SSE-C",
        ),
    ),
    Meaning(
        "access-denied",
        "kms",
        "AccessDeniedException from KMS, without IAM's sentence",
        "KMS says no, and the reason is cut off",
        "The call to KMS was refused. Which side refused it stands in the part of the message that is not here.",
        ("key-policy", "identity-kms"),
        (),
        _ANY_KMS,
        _KEY_CHECKS,
    ),
    Meaning(
        "ciphertext",
        "kms",
        "not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource "
        "does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly "
        "denies access; in older messages: The ciphertext refers to a customer master key that does not exist …",
        "the key's side lets the caller not decrypt",
        "S3's own checks were passed, and KMS refused on the key's side. It lumps three things together on purpose: "
        "the key is not there, its policy allows nothing, or its policy denies. "
        "An AWS managed key gives the same words.",
        ("key-policy", "key-choice"),
        ("identity-kms",),
        (*_KEY[:6], "KC003", "KP005", *_KEY[6:]),
        _KEY_CHECKS,
    ),
    Meaning(
        "no-resource-policy",
        "kms",
        "kms:GenerateDataKey or kms:Decrypt on resource: … because no resource-based policy allows the action",
        "the key policy does not allow it",
        "S3's own checks were passed. The key's policy has no statement that lets the caller do this, nor has a grant. "
        "The caller's own permissions play no part in it.",
        ("key-policy",),
        ("identity-kms",),
        ("KP003", *(rule for rule in _KEY if rule != "KP003"), "WR002"),
        _KEY_CHECKS,
    ),
    Meaning(
        "no-resource-policy",
        "s3",
        "s3:… on resource: … because no resource-based policy allows the action",
        "the bucket policy does not allow it",
        "No statement of the bucket's policy, or of the access point's, lets the caller do this. KMS "
        "has not been asked yet.",
        ("bucket-policy",),
        ("identity-s3", "key-policy", "identity-kms"),
        _BUCKET,
        (
            "the bucket policy names the caller or its account, the action, and objects (ARN with /*)",
            "by an access point, its policy and the bucket's both have to allow",
        ),
    ),
    Meaning(
        "no-identity-policy",
        "kms",
        "kms:Decrypt or kms:GenerateDataKey … because no identity-based policy allows the action",
        "the caller's own policies do not allow the use of the key",
        "None of the caller's policies allows this on the key. For a key of another account that is needed beside the "
        "key policy. Policies of AWS for S3, such as AmazonS3ReadOnlyAccess, give no use of keys.",
        ("identity-kms",),
        ("key-policy",),
        _ROLE_KMS,
        (
            "a policy of the caller allows the action on the key's ARN: neither an alias nor a bare key id "
            "counts there",
            "the ARN has the key's account, not the caller's",
        ),
    ),
    Meaning(
        "no-identity-policy",
        "s3",
        "s3:… because no identity-based policy allows the action",
        "the caller's own policies do not allow it on the bucket",
        "None of the caller's policies allows this on the bucket's objects.",
        ("identity-s3",),
        ("bucket-policy", "key-policy", "identity-kms"),
        ("ID001", "BP002"),
        ("a policy of the caller allows the action on the objects (ARN with /*)",),
    ),
    Meaning(
        "deny-resource-policy",
        "kms",
        "kms:… with an explicit deny in a resource-based policy",
        "a Deny statement of the key policy hits the caller",
        "A Deny in the key's policy matches, and no Allow outweighs it.",
        ("key-policy",),
        ("identity-kms",),
        ("KP005", "KP001"),
        ("the Deny's exceptions (accounts, organisation, kms:ViaService) leave the caller out",),
    ),
    Meaning(
        "deny-resource-policy",
        "s3",
        "s3:… with an explicit deny in a resource-based policy",
        "a Deny statement of the bucket policy hits the caller",
        "A Deny in the policy of the bucket, or of the access point, matches, and no Allow outweighs it.",
        ("bucket-policy",),
        ("identity-s3", "key-policy", "identity-kms"),
        ("BP004", "WR003", "KR004", "BP001"),
        (
            "the Deny's conditions: organisation, VPC endpoint, address, TLS",
            "an upload sends the encryption headers that a Deny asks for",
        ),
    ),
    Meaning(
        "deny-identity-policy",
        "kms",
        "kms:… with an explicit deny in an identity-based policy",
        "a Deny in the caller's own policies hits the key",
        "One of the caller's own policies denies this.",
        ("identity-kms",),
        ("key-policy",),
        ("ID004", "ID002"),
        ("every policy of the role or user, and of its groups",),
    ),
    Meaning(
        "deny-identity-policy",
        "s3",
        "s3:… with an explicit deny in an identity-based policy",
        "a Deny in the caller's own policies hits the bucket",
        "One of the caller's own policies denies this.",
        ("identity-s3",),
        ("bucket-policy", "key-policy", "identity-kms"),
        ("ID004", "ID001"),
        ("every policy of the role or user, and of its groups",),
    ),
    *(
        Meaning(
            f"{which}-boundary",
            service,
            f"{service}:… {saw}",
            "the permissions boundary of the caller leaves it out",
            "The boundary of the role or user does not let this through. What a bucket or key policy "
            "allows does not help.",
            (gate,),
            besides,
            ("ID004",),
            ("the policy that is the caller's permissions boundary allows the action too",),
        )
        for which, saw in (
            ("no", "because no permissions boundary allows the action"),
            ("deny", "with an explicit deny in a permissions boundary"),
        )
        for service, gate, besides in (
            ("kms", "identity-kms", ("key-policy",)),
            ("s3", "identity-s3", ("bucket-policy", "key-policy", "identity-kms")),
        )
    ),
    *(
        Meaning(
            f"{which}-{kind}",
            "any",
            f"{saw} {words}",
            title,
            f"{text} None of the four gates is meant.",
            (),
            ("bucket-policy", "key-policy", "identity-s3", "identity-kms"),
            ("UN002",),
            (check,),
            words,
        )
        for kind, words, title, text, check in (
            (
                "service-control-policy",
                "service control policy",
                "the organisation of the caller forbids it",
                "A service control policy binds the caller's account: it denies this, or does not allow it.",
                _ORGANISATION,
            ),
            (
                "resource-control-policy",
                "resource control policy",
                "the organisation of the owner forbids it",
                "A resource control policy binds the account that owns the bucket or key.",
                _ORGANISATION,
            ),
            (
                "endpoint-policy",
                "VPC endpoint policy",
                "the VPC endpoint lets it not through",
                "The request went by a VPC endpoint whose policy denies this, or does not allow it.",
                "the policies of the endpoints for S3 and for KMS name the other account's bucket and key",
            ),
            (
                "session-policy",
                "session policy",
                "the session has less than its role",
                "The session was made with a policy of its own, which leaves this out.",
                "who assumes the role, and which policy is passed on then",
            ),
        )
        for which, saw in (("no", "because no … allows the action:"), ("deny", "with an explicit deny in a"))
    ),
    Meaning(
        "deny",
        "kms",
        "kms:… with an explicit deny, and no policy is named",
        "a Deny hits the caller",
        "Some policy denies this; which one is not said.",
        ("key-policy", "identity-kms"),
        (),
        ("KP005", "ID004", "UN002"),
        ("Deny statements of the key policy, of the caller's policies and boundary, and of the organisation",),
    ),
    Meaning(
        "deny",
        "s3",
        "s3:… with an explicit deny, and no policy is named",
        "a Deny hits the caller",
        "Some policy denies this; which one is not said.",
        ("bucket-policy", "identity-s3"),
        ("key-policy", "identity-kms"),
        ("BP004", "WR003", "ID004", "UN002"),
        ("Deny statements of the bucket policy, of the caller's policies and boundary, and of the organisation",),
    ),
    Meaning(
        "not-authorized",
        "kms",
        "not authorized to perform: kms:… and no reason follows",
        "KMS refused, and not why",
        "S3's own checks were passed, and KMS refused. The message does not tell the key's side from the caller's.",
        ("key-policy", "identity-kms"),
        (),
        _ANY_KMS,
        _KEY_CHECKS,
    ),
    Meaning(
        "not-authorized",
        "s3",
        "not authorized to perform: s3:… and no reason follows",
        "S3 refused, and not why",
        "The message does not tell the bucket's side from the caller's.",
        ("bucket-policy", "identity-s3"),
        ("key-policy", "identity-kms"),
        (*_BUCKET, "ID001", "BP004"),
        ("the bucket policy and the caller's policies both allow the action",),
    ),
    Meaning(
        "key-not-found",
        "kms",
        "KMS.NotFoundException: Invalid keyId …, Key … does not exist, Alias … is not found",
        "the key is named in a way that leads nowhere",
        "What the bucket's encryption, or the upload, names as its key is no key where it is looked up: an alias or "
        "bare key id is looked up in the account of the caller, and aws/s3 without alias/ is nothing at all.",
        ("key-reference",),
        ("key-policy", "identity-kms"),
        ("KR001", "KR002", "KC002", "KC003"),
        ("kms_master_key_id is the full ARN of the key", "the key is in the Region of the bucket, and not deleted"),
    ),
    Meaning(
        "key-state",
        "kms",
        "KMS.DisabledException, KMS.KMSInvalidStateException … is pending deletion",
        "the key cannot be used in the state it is in",
        "The key is disabled, or waits for its deletion or its material. Until that ends "
        "nobody reads what it encrypted.",
        ("key-choice",),
        (),
        ("KC004",),
        _STATE_CHECKS,
    ),
    Meaning(
        "key-usage",
        "kms",
        "KMS.InvalidKeyUsageException",
        "the key is of the wrong type",
        "S3 takes symmetric keys for encryption only; an asymmetric or HMAC key is none.",
        ("key-choice",),
        (),
        ("KC004",),
        ("the key is SYMMETRIC_DEFAULT and ENCRYPT_DECRYPT",),
    ),
    Meaning(
        "signature",
        "s3",
        "… AWS KMS managed keys require AWS Signature Version 4",
        "the request is not signed as KMS wants it",
        "Objects under KMS are given out to signed requests over TLS only: never to anonymous ones, "
        "nor to old signatures.",
        (),
        (),
        (),
        ("the client signs with Signature Version 4 and uses https", "nothing counts on the bucket being public"),
    ),
    Meaning(
        "acl-not-supported",
        "s3",
        "AccessControlListNotSupported: The bucket does not allow ACLs",
        "the upload sends an ACL, and the bucket takes none",
        "The bucket owner owns all objects, so that ACLs are off. It is no question of permissions.",
        (),
        (),
        ("WR004", "BP005"),
        ("the upload sends no ACL other than bucket-owner-full-control",),
    ),
    Meaning(
        "invalid-principal",
        "kms",
        "MalformedPolicyDocumentException … one or more invalid principals, while a key policy is set",
        "the key policy names somebody who is not there",
        "KMS takes a policy only if every role and user in it exists. Nothing is denied yet: the policy was not set.",
        ("key-policy",),
        (),
        ("KP004", "KP007"),
        (
            "the role exists already, under this path and in this account",
            "else name the account, with a condition on aws:PrincipalArn",
        ),
    ),
    Meaning(
        "invalid-principal",
        "s3",
        "MalformedPolicy … Invalid principal in policy, while a bucket policy is set",
        "the bucket policy names somebody who is not there",
        "S3 takes a policy only if every role and user in it exists. Nothing is denied yet: the policy was not set.",
        ("bucket-policy",),
        (),
        ("KP004", "BP001"),
        (
            "the role exists already, under this path and in this account",
            "else name the account, with a condition on aws:PrincipalArn",
        ),
    ),
    Meaning(
        "public-access-block",
        "s3",
        "… because public policies are blocked by Block Public Access",
        "Block Public Access refuses the policy",
        "S3 takes the policy, or ACL, for public, and a setting of the bucket or account forbids such. It was not set.",
        ("bucket-policy",),
        (),
        ("BP003",),
        ("every statement for everyone (*) has a condition that limits it",),
    ),
    Meaning(
        "key-of-another-account",
        "s3",
        "The AWS KMS key in the request must be owned by the same account as the bucket",
        "the key for re-encryption is another account's",
        "Encryption of objects in place takes keys of the bucket's own account only.",
        ("key-choice",),
        (),
        (),
        ("name the full ARN of a key of the bucket's account",),
    ),
    Meaning(
        "replication-failed",
        "s3",
        "replication status FAILED, and no error anywhere",
        "replication fails without a message",
        "S3 replicates in the background as a role of the source's account, and tells nobody why it could not.",
        (),
        ("bucket-policy", "key-policy", "identity-s3", "identity-kms"),
        ("RE001", "RE002", "RE003"),
        (
            "the rule selects objects under KMS and names a key for the copies",
            "the role may decrypt with the source's key, and encrypt with that of the copies",
            "bucket and key of the destination let that role in",
        ),
    ),
)
"""Of one kind and service each; ``any`` stands for both services."""

_BY_KIND: Final = {(meaning.kind, meaning.service): meaning for meaning in MEANINGS}


def meaning_of(denial: Denial) -> Meaning:
    """What a denial means."""
    kind = denial.kind
    found = _BY_KIND.get((kind, denial.service)) or _BY_KIND.get((kind, "any"))
    if found is None:
        found = next(meaning for meaning in MEANINGS if meaning.kind == kind)
    return found
