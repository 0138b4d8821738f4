"""The names of the vocabularies that no graph needs to declare, to find misspelt ones.

Source: RDF 1.1, RDF Schema 1.1, OWL 2 (RDF-Based Semantics, section 2), SKOS Reference, SHACL,
SHACL Advanced Features, XML Schema 1.1 part 2 (datatypes, and the facets that OWL 2 uses).
"""

from __future__ import annotations

import re
from typing import Final

from kgserver.terms import OWL, RDF, RDFS, SH, SKOS, XSD

__all__ = ["WELL_KNOWN", "is_well_known"]

WELL_KNOWN: Final[dict[str, frozenset[str]]] = {
    namespace: frozenset(words.split())
    for namespace, words in {
        RDF: """
            Alt Bag HTML JSON List PlainLiteral Property Seq Statement XMLLiteral first
            langString nil object predicate rest subject type value
            """,
        RDFS: """
            Class Container ContainerMembershipProperty Datatype Literal Resource comment domain
            isDefinedBy label member range seeAlso subClassOf subPropertyOf
            """,
        OWL: """
            AllDifferent AllDisjointClasses AllDisjointProperties Annotation AnnotationProperty
            AsymmetricProperty Axiom Class DataRange DatatypeProperty DeprecatedClass
            DeprecatedProperty FunctionalProperty InverseFunctionalProperty IrreflexiveProperty
            NamedIndividual NegativePropertyAssertion Nothing ObjectProperty Ontology
            OntologyProperty ReflexiveProperty Restriction SymmetricProperty Thing
            TransitiveProperty allValuesFrom annotatedProperty annotatedSource annotatedTarget
            assertionProperty backwardCompatibleWith bottomDataProperty bottomObjectProperty
            cardinality complementOf datatypeComplementOf deprecated differentFrom
            disjointUnionOf disjointWith distinctMembers equivalentClass equivalentProperty
            hasKey hasSelf hasValue imports incompatibleWith intersectionOf inverseOf
            maxCardinality maxQualifiedCardinality members minCardinality
            minQualifiedCardinality onClass onDataRange onDatatype onProperties onProperty oneOf
            priorVersion propertyChainAxiom propertyDisjointWith qualifiedCardinality rational
            real sameAs someValuesFrom sourceIndividual targetIndividual targetValue
            topDataProperty topObjectProperty unionOf versionIRI versionInfo withRestrictions
            """,
        SKOS: """
            Collection Concept ConceptScheme OrderedCollection altLabel broadMatch broader
            broaderTransitive changeNote closeMatch definition editorialNote exactMatch example
            hasTopConcept hiddenLabel historyNote inScheme mappingRelation member memberList
            narrowMatch narrower narrowerTransitive notation note prefLabel related relatedMatch
            scopeNote semanticRelation topConceptOf
            """,
        SH: """
            AbstractResult BlankNode BlankNodeOrIRI BlankNodeOrLiteral ConstraintComponent
            Function IRI IRIOrLiteral Info Literal NodeKind NodeShape Parameter Parameterizable
            PrefixDeclaration PropertyGroup PropertyShape ResultAnnotation Rule
            SPARQLAskExecutable SPARQLAskValidator SPARQLConstraint SPARQLConstraintComponent
            SPARQLConstructExecutable SPARQLExecutable SPARQLFunction SPARQLRule
            SPARQLSelectExecutable SPARQLSelectValidator SPARQLTarget SPARQLTargetType
            SPARQLUpdateExecutable Severity Shape Target TargetType TripleRule ValidationReport
            ValidationResult Validator Violation Warning alternativePath and annotationProperty
            annotationValue annotationVarName ask class closed condition conforms construct
            datatype deactivated declare defaultValue description detail disjoint entailment
            equals expression filterShape flags focusNode group hasValue ignoredProperties in
            intersection inversePath labelTemplate languageIn lessThan lessThanOrEquals maxCount
            maxExclusive maxInclusive maxLength message minCount minExclusive minInclusive
            minLength name namespace node nodeKind nodeValidator nodes not object oneOrMorePath
            optional or order parameter path pattern predicate prefix prefixes property
            propertyValidator qualifiedMaxCount qualifiedMinCount qualifiedValueShape
            qualifiedValueShapesDisjoint result resultAnnotation resultMessage resultPath
            resultSeverity returnType rule select severity shapesGraph shapesGraphWellFormed
            sourceConstraint sourceConstraintComponent sourceShape sparql subject
            suggestedShapesGraph target targetClass targetNode targetObjectsOf targetSubjectsOf
            this union uniqueLang update validator value xone zeroOrMorePath zeroOrOnePath
            """,
        XSD: """
            ENTITIES ENTITY ID IDREF IDREFS NCName NMTOKEN NMTOKENS NOTATION Name QName anyURI
            base64Binary boolean byte date dateTime dateTimeStamp dayTimeDuration decimal double
            duration float fractionDigits gDay gMonth gMonthDay gYear gYearMonth hexBinary int
            integer language length long maxExclusive maxInclusive maxLength minExclusive
            minInclusive minLength negativeInteger nonNegativeInteger nonPositiveInteger
            normalizedString pattern positiveInteger short string time token totalDigits
            unsignedByte unsignedInt unsignedLong unsignedShort yearMonthDuration
            """,
    }.items()
}
"""The local names of each namespace whose names are all known here."""


def is_well_known(namespace: str, local: str) -> bool:
    """Tell whether a vocabulary of `WELL_KNOWN` has that name.

    >>> is_well_known(RDFS, "label"), is_well_known(RDFS, "labl"), is_well_known(RDF, "_1")
    (True, False, True)
    """
    if local in WELL_KNOWN.get(namespace, ()):
        return True
    if namespace == SH and local.endswith("ConstraintComponent"):
        return True
    return namespace == RDF and re.fullmatch(r"_[1-9][0-9]*", local) is not None
